import { extractPortfolio } from "@tidings/react";

test("whatever a server leaves out of a portfolio has a default", () => {
  expect(extractPortfolio({ holdings: {} })).toMatchObject({
    holdings: [],
    total_portfolio_value: 0,
    statement_date: null,
    account_type: "investment",
  });
});
