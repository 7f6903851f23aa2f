import type { AccountTotal, Connection, HoldingRow, ProviderOutcome, RowChange } from "@tidings/react";
import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";

/** jsdom's origin, where the page expects its API. */
const at = (path: string) => `${location.origin}${path}`;
export const FETCHED = "2026-02-19T14:03:00Z";

export const holding = (made: Partial<HoldingRow> = {}): HoldingRow => ({
  ticker: "AAPL",
  name: "Apple Inc.",
  type: "equity",
  quantity: 10,
  price: 231.4,
  price_as_of: "2026-02-19",
  value: 2314,
  cost_basis: 2000,
  currency: "USD",
  account_id: "account-1",
  account_name: "Brokerage",
  institution: "First Platypus Bank",
  provider: "plaid",
  source_id: "item-1",
  exchange: "XNAS",
  isin: null,
  cusip: null,
  is_cash: false,
  option: null,
  sources: [
    {
      provider: made.provider ?? "plaid",
      source_id: made.source_id ?? "item-1",
      account_id: made.account_id ?? "account-1",
      account_name: "Brokerage",
      institution: "First Platypus Bank",
      quantity: made.quantity ?? 10,
      value: made.value === undefined ? 2314 : made.value,
      cost_basis: 2000,
      as_of: FETCHED,
    },
  ],
  ...made,
});

export const account = (made: Partial<AccountTotal> = {}): AccountTotal => ({
  provider: "plaid",
  source_id: "item-1",
  account_id: "account-1",
  name: "Brokerage",
  type: "brokerage",
  mask: "4310",
  institution: "First Platypus Bank",
  currency: "USD",
  institution_total: 2500,
  residual: 186,
  as_of: FETCHED,
  counted: true,
  ...made,
});

export const outcome = (made: Partial<ProviderOutcome> = {}): ProviderOutcome => ({
  status: "stored",
  as_of: FETCHED,
  retry_after: null,
  changed: null,
  error: null,
  sources: {},
  ...made,
});

export const connection = (made: Partial<Connection> = {}): Connection => ({
  provider: "plaid",
  source_id: "item-1",
  institution: "First Platypus Bank",
  status: "ok",
  status_reason: null,
  pending: false,
  last_update_at: FETCHED,
  last_fetched_at: FETCHED,
  ...made,
});

interface Answered {
  holdings?: HoldingRow[];
  totals?: Record<string, number>;
  total?: number;
  accounts?: AccountTotal[];
  fetched?: string | null;
  providers?: Record<string, ProviderOutcome>;
  warnings?: string[];
  changes?: RowChange[];
}

/** The body of GET /holdings and of a refresh. */
export function portfolio(made: Answered = {}) {
  const rows = made.changes ?? [];
  const count = (change: RowChange["change"]) => rows.filter((row) => row.change === change).length;
  return {
    success: true,
    holdings: {
      portfolio_data: {
        holdings: made.holdings ?? [holding()],
        total_portfolio_value: made.total ?? 2314,
        totals_by_currency: made.totals ?? { USD: 2314 },
        accounts: made.accounts ?? [account()],
        statement_date: "2026-02-19",
        account_type: "investment",
      },
      portfolio_metadata: {
        has_pending_updates: false,
        last_updated: made.fetched === undefined ? FETCHED : made.fetched,
        changed: rows.length > 0,
        changes: {
          added: count("added"),
          removed: count("removed"),
          quantity_changed: count("quantity_changed"),
          rows,
        },
        warnings: made.warnings ?? [],
        providers: made.providers ?? { plaid: outcome(), snaptrade: outcome({ status: "not_connected", as_of: null }) },
      },
    },
  };
}

export const pending = (news: boolean, available: string | null = null) => ({
  has_pending_updates: news,
  providers: {
    plaid: {
      has_pending_updates: news,
      generation: 2,
      seen_generation: news ? 1 : 2,
      last_update_at: FETCHED,
      last_refreshed_at: FETCHED,
      refresh_available_at: available,
      reconnect_required: false,
    },
  },
});

export const problem = (status: number, slug: string, retryAfter?: number) =>
  HttpResponse.json(
    {
      type: `urn:tidings:problem:${slug}`,
      title: slug,
      status,
      detail: slug,
      ...(retryAfter && { retry_after: retryAfter }),
    },
    {
      status,
      headers: { "content-type": "application/problem+json", ...(retryAfter && { "retry-after": String(retryAfter) }) },
    },
  );

/** Whoever asks for anything that no test foresaw fails that test. */
export const server = setupServer();

/** A signed-in user with one connection and one holding; each test changes what it is about. */
export function signedIn({ held = portfolio(), connections = [connection()], news = false } = {}): void {
  server.use(
    http.get(at("/holdings"), () => HttpResponse.json(held)),
    http.get(at("/pending-updates"), () => HttpResponse.json(pending(news))),
    http.get(at("/connections"), () => HttpResponse.json({ connections })),
    http.get(at("/_local/health"), () => HttpResponse.json({ message: "Not Found" }, { status: 404 })),
  );
}

type Answer = () => Response;

export function answers(method: "get" | "post" | "delete", path: string, ...turns: [Answer, ...Answer[]]): Request[] {
  const asked: Request[] = [];
  server.use(
    http[method](at(path), ({ request }) => {
      const turn = turns[Math.min(asked.length, turns.length - 1)];
      asked.push(request.clone());
      return turn?.();
    }),
  );
  return asked;
}
