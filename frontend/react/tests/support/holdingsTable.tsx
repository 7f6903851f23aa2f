import { configure, render, screen, within } from "@testing-library/react";
import { HoldingsTable } from "@tidings/react";
import { holding } from "./factories.js";

// Nothing is hidden here, and to look for it in thousands of cells takes long.
configure({ defaultHidden: true });

export const CONTRACT = { underlying: "AAPL", kind: "call", strike: 300, expiry: "2028-01-21", root: "AAPL" } as const;
export const OPTION = holding({
  ticker: "AAPL280121C00300000",
  name: "AAPL Jan 21 2028 300 CALL",
  type: "option",
  quantity: 200,
  price: 21.35,
  value: 4270,
  cost_basis: 3610,
  option: { ...CONTRACT, contracts: 2, multiplier: 100 },
});
export const HELD = [
  holding(),
  holding({ ticker: "MSFT", name: "Microsoft", value: 5137.8, cost_basis: 6000, quantity: 12, price: 428.15 }),
  holding({ ticker: "XYZ", name: "Unpriced", price: null, value: null, cost_basis: null }),
];

export const renderTable = (holdings = HELD) => render(<HoldingsTable holdings={holdings} locale="en-US" />);
export const titles = () => screen.getAllByRole("rowheader").map((cell) => cell.querySelector("strong")?.textContent);
export const header = (name: string) => screen.getByRole("columnheader", { name });
export const cells = (title: string) => {
  const row = screen.getAllByRole("row").find((one) => one.querySelector("strong")?.textContent === title);
  return within(row as HTMLElement)
    .getAllByRole("cell")
    .map((cell) => cell.textContent);
};
