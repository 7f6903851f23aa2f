import { formatDay, formatGain, formatPercent, type Portfolio } from "@tidings/react";
import { type ReactNode, useMemo } from "react";
import { useChanges, useHistory } from "../history/useHistory.ts";
import { locale, say, texts } from "../locales/texts.ts";
import { computeChange, countChanges } from "./change.ts";
import { computeTotalGain } from "./gain.ts";

const { total: labels } = texts;

interface FigureProps {
  currency: string;
  amount: number;
  /** What the percentage is of. */
  base: number;
  isConverted: boolean;
}

function GainFigure({ currency, amount, base, isConverted }: FigureProps) {
  const className = amount > 0 ? "tidings-up" : amount < 0 ? "tidings-down" : undefined;
  return (
    <span className={`gains__figure ${className ?? ""}`}>
      {isConverted && "≈ "}
      {formatGain(amount, currency, locale)}
      {base > 0 && ` (${formatPercent(amount / base, locale, true)})`}
    </span>
  );
}

function Line({ title, children, note }: { title: string; children: ReactNode; note?: string | null }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        {children}
        {note && <span className="tidings-muted">{note}</span>}
      </dd>
    </div>
  );
}

/** Show the total gain: one figure in the total's currency, else one for each currency. */
export function GainLines({ portfolio }: { portfolio: Portfolio }) {
  const { gains, unknownCount } = useMemo(() => computeTotalGain(portfolio), [portfolio]);
  if (gains.length === 0) return null;
  return (
    <Line title={labels.gain} note={unknownCount > 0 ? say(labels.unknownCost, { count: unknownCount }) : null}>
      {gains.map(({ currency, amount, cost, isConverted }) => (
        <GainFigure key={currency} currency={currency} amount={amount} base={cost} isConverted={isConverted} />
      ))}
    </Line>
  );
}

/** Show the change between the last two days on which the holdings were observed. */
export function ChangeLine({ portfolio }: { portfolio: Portfolio }) {
  const { data } = useHistory(portfolio);
  const { data: sets } = useChanges();
  const change = useMemo(() => (data ? computeChange(data) : null), [data]);
  if (!change) return null;
  const count = countChanges(sets ?? [], change.since);
  const note = change.amounts && count > 0 ? say(labels.changedPositions, { count }) : null;
  return (
    <Line title={say(labels.since, { date: formatDay(change.since, locale) })} note={note}>
      {change.amounts?.map(({ currency, amount, before, isConverted }) => (
        <GainFigure key={currency} currency={currency} amount={amount} base={before} isConverted={isConverted} />
      )) ?? <span className="tidings-muted">{labels.notComparable}</span>}
    </Line>
  );
}
