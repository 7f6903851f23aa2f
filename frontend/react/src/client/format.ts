import * as z from "zod/mini";
import {
  zCombinedPending,
  zCombinedPull,
  zConnections,
  zHoldingRow,
  zLinkedItem,
  zPlaidConnectionUrl,
  zPortfolioData,
  zPortfolioMetadata,
  zProviderPending,
  zPullAccepted,
  zSnapTradeConnectionUrl,
} from "../generated/zod.gen.js";
import { ResponseFormatError } from "./errors.js";

/** What an older or newer server may leave out is `extractPortfolio`'s to fill in; what it sends has to be right. */
const holdings = z.object({
  holdings: z.object({
    portfolio_data: z.optional(
      z.extend(z.partial(zPortfolioData), {
        holdings: z.nullish(z.array(zHoldingRow)),
        total_portfolio_value: z.nullish(z.number()),
        statement_date: z.nullish(z.string()),
        account_type: z.nullish(z.string()),
      }),
    ),
    portfolio_metadata: z.optional(z.partial(zPortfolioMetadata)),
  }),
});

export const formats = {
  holdings,
  pending: zCombinedPending,
  providerPending: zProviderPending,
  pull: zCombinedPull,
  pullAccepted: zPullAccepted,
  connections: zConnections,
  linked: zLinkedItem,
  plaidUrl: zPlaidConnectionUrl,
  snapTradeUrl: zSnapTradeConnectionUrl,
};

export type HoldingsAnswer = z.infer<typeof holdings>;

/** `value` as `format` describes it. ResponseFormatError, which quotes nothing of the value. */
export function parsed<Format extends z.ZodMiniType>(format: Format, value: unknown): z.infer<Format> {
  const result = z.safeParse(format, value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ResponseFormatError(issue?.path.map(String).join(".") || "its top", reason(issue));
}

function reason(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === "invalid_type") return `${issue.expected} expected`;
  return issue?.code.replaceAll("_", " ") ?? "invalid";
}
