import { createConverter, formatPercent, type HoldingRow, type Portfolio, titleOf, typeLabel } from "@tidings/react";
import { locale, localization, say, texts } from "../locales/texts.ts";
import { compareDescending, type Exact, exact, multiply, toNumber } from "../total/decimals.ts";

export type Grouping = "holding" | "type" | "account";

export interface Slice {
  id: string;
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

/** What the values are converted to: a currency, and the response's rates. Without rates, only its own rows count. */
export interface AllocationCurrency {
  currency: string;
  rates: Portfolio["converted_total"];
}

const MAX_SLICES = 7;
const REST = "rest";

interface Group {
  id: string;
  label: string;
  value: Exact;
}

/** Compute how the value is allocated: the seven largest groups, and the rest as one. */
export function computeAllocation(
  holdings: readonly HoldingRow[],
  { currency, rates }: AllocationCurrency,
  grouping: Grouping,
): Allocation {
  const findRate = createConverter(rates);
  const groups = new Map<string, Group>();
  let unvalued = 0;
  for (const [index, holding] of holdings.entries()) {
    if (holding.value === null && (rates || holding.currency === currency)) unvalued += 1;
    for (const source of holding.sources) {
      const rate = holding.currency === currency ? 1 : findRate(holding.currency, source.as_of);
      if (rate === null) continue;
      const { id, label } = describeGroup(holding, index, source, grouping);
      const group = groups.get(id) ?? { id, label, value: 0n };
      group.value += multiply(source.value ?? 0, rate);
      groups.set(id, group);
    }
  }
  const sorted = [...groups.values()].sort((left, right) => compareDescending(left.value, right.value));
  const negative = sorted.filter(({ value }) => value < 0n).reduce((sum, { value }) => sum + value, 0n);
  return {
    slices: buildSlices(
      sorted.filter(({ value }) => value > 0n),
      grouping,
    ),
    negative: toNumber(negative),
    unvalued,
  };
}

function describeGroup(
  holding: HoldingRow,
  index: number,
  source: HoldingRow["sources"][number],
  grouping: Grouping,
): Omit<Group, "value"> {
  switch (grouping) {
    case "account": {
      const name = source.account_name ?? source.institution ?? texts.connections.yourBroker;
      return { id: `${source.source_id}/${source.account_id}`, label: name };
    }
    case "type":
      return { id: holding.type, label: typeLabel(holding.type, localization) };
    case "holding":
      return { id: String(index), label: titleOf(holding, localization).title };
  }
}

function buildSlices(groups: readonly Group[], grouping: Grouping): Slice[] {
  const whole = sum(groups);
  const shown = groups.length > MAX_SLICES + 1 ? groups.slice(0, MAX_SLICES) : groups;
  const rest = groups.slice(shown.length);
  const others: Group[] =
    rest.length === 0
      ? []
      : [{ id: REST, label: say(texts.allocation.others[grouping], { count: rest.length }), value: sum(rest) }];
  return [...shown, ...others].map(({ id, label, value }) => ({
    id,
    label,
    value: toNumber(value),
    share: toNumber(value) / toNumber(whole),
  }));
}

const sum = (groups: readonly Group[]): Exact => groups.reduce((total, { value }) => total + value, exact(0));

/** Choose the grouping that tells most: of very many holdings, the largest ones are a small part. */
export function chooseGrouping(holdings: readonly HoldingRow[], currency: AllocationCurrency): Grouping {
  if (holdings.length <= MAX_SLICES + 1) return "holding";
  const rest = computeAllocation(holdings, currency, "holding").slices.find(({ id }) => id === REST);
  return rest && rest.share > 0.5 ? "type" : "holding";
}

/** Format a share. A share above zero never reads "0.0%". */
export const shareLabel = (share: number): string =>
  share < 0.001 ? `< ${formatPercent(0.001, locale)}` : formatPercent(share, locale);
