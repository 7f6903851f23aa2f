import { countContracts } from "@tidings/react/client";

const option = (terms: { contracts: number | null; multiplier: number | null }) =>
  ({ ...terms }) as Parameters<typeof countContracts>[1];

test.each([
  [300, { contracts: 5, multiplier: 100 }, 3],
  [-50, { contracts: 5, multiplier: 10 }, -5],
  [0, { contracts: 5, multiplier: 100 }, 0],
  [null, { contracts: 5, multiplier: 100 }, null],
  [300, { contracts: null, multiplier: 100 }, null],
  [300, { contracts: 5, multiplier: null }, null],
  [300, { contracts: 5, multiplier: 0 }, null],
  [300, null, null],
] as const)("a quantity of %s with the terms %j is %s contracts", (quantity, terms, contracts) => {
  expect(countContracts(quantity, terms && option(terms))).toBe(contracts);
});
