import { countContracts, type HoldingRow, type OptionContract, optionTitle, type RowChange } from "@tidings/react";
import { localization, say, texts } from "../locales/texts.ts";

export interface ChangeDescription {
  title: string;
  /** In contracts for an option, else in units; null if unknown. */
  before: number | null;
  after: number | null;
  isContracts: boolean;
}

/** Describe a changed position. Its option's terms are those of the holding, else those of its OCC symbol. */
export function describeChange(change: RowChange, holdings: readonly HoldingRow[]): ChangeDescription {
  const { ticker, name, currency, quantity_before: before, quantity_after: after } = change;
  if (ticker?.startsWith("CUR:")) {
    return { title: say(texts.changes.cash, { currency }), before, after, isContracts: false };
  }
  const held = holdings.find((holding) => isSamePosition(holding, change));
  const option = held?.option ?? parseOccSymbol(ticker);
  const title = option ? optionTitle(option, currency, localization) : (ticker ?? name ?? texts.changes.unnamed);
  // Without the multiplier, only the shares are known.
  if (!option?.multiplier) return { title, before, after, isContracts: false };
  const known = { ...option, contracts: 0 };
  return { title, before: countContracts(before, known), after: countContracts(after, known), isContracts: true };
}

const isSamePosition = (holding: HoldingRow, { ticker, name, currency, account_id, source_id }: RowChange) =>
  holding.currency === currency &&
  (ticker === null ? holding.name === name : holding.ticker === ticker) &&
  holding.sources.some((source) => source.account_id === account_id && source.source_id === source_id);

const OCC_SYMBOL = /^([A-Z]{1,6}) *(\d{2})(\d{2})(\d{2})([CP])(\d{8})$/;

/** Parse a standard option's symbol. A root with a digit is an adjusted contract, whose size the symbol does not say. */
function parseOccSymbol(ticker: string | null): OptionContract | null {
  const [, root, year, month, day, kind, strike] = OCC_SYMBOL.exec(ticker ?? "") ?? [];
  if (root === undefined) return null;
  return {
    root,
    underlying: root,
    kind: kind === "C" ? "call" : "put",
    strike: Number(strike) / 1000,
    expiry: `20${year}-${month}-${day}`,
    contracts: null,
    multiplier: 100,
  };
}
