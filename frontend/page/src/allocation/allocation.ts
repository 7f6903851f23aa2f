import { formatPercent, type HoldingRow, PROVIDER_NAMES, titleOf, typeLabel } from "@tidings/react";
import { locale, localization, say, texts } from "../locales/texts.ts";

export type Grouping = "holding" | "type" | "account";

export interface Slice {
  label: string;
  value: number;
  /** Share of the sum of all slices, 0 to 1. */
  share: number;
}

export interface Allocation {
  slices: Slice[];
  /** The sum of debts and short positions, and the number of rows without a value: a chart can show neither. */
  negative: number;
  unvalued: number;
}

const MAX_SLICES = 7;

/** Compute how the value in one currency is allocated: the seven largest groups, and the rest as one. */
export function computeAllocation(holdings: readonly HoldingRow[], currency: string, grouping: Grouping): Allocation {
  const groups = new Map<string, number>();
  let unvalued = 0;
  for (const holding of holdings) {
    if (holding.currency !== currency) continue;
    if (holding.value === null) unvalued += 1;
    for (const [label, value] of groupHolding(holding, grouping)) groups.set(label, (groups.get(label) ?? 0) + value);
  }
  const positive = [...groups].filter(([, value]) => value > 0).sort((left, right) => right[1] - left[1]);
  const negative = [...groups.values()].filter((value) => value < 0).reduce((sum, value) => sum + value, 0);
  return { slices: buildSlices(positive), negative, unvalued };
}

function groupHolding(holding: HoldingRow, grouping: Grouping): [string, number][] {
  if (grouping === "account") {
    return holding.sources.map((source) => [
      source.account_name ?? source.institution ?? PROVIDER_NAMES[source.provider],
      source.value ?? 0,
    ]);
  }
  return [
    [
      grouping === "type" ? typeLabel(holding.type, localization) : titleOf(holding, localization).title,
      holding.value ?? 0,
    ],
  ];
}

function buildSlices(groups: [string, number][]): Slice[] {
  const whole = groups.reduce((sum, [, value]) => sum + value, 0);
  const shown = groups.length > MAX_SLICES + 1 ? groups.slice(0, MAX_SLICES) : groups;
  const rest = groups.slice(shown.length);
  const others: [string, number][] =
    rest.length === 0
      ? []
      : [[say(texts.allocation.others, { count: rest.length }), rest.reduce((sum, [, value]) => sum + value, 0)]];
  return [...shown, ...others].map(([label, value]) => ({ label, value, share: value / whole }));
}

/** Format a share. A share above zero never reads "0.0%". */
export const shareLabel = (share: number): string =>
  share < 0.001 ? `< ${formatPercent(0.001, locale)}` : formatPercent(share, locale);
