import * as z from "zod/mini";
import {
  zCombinedPending,
  zCombinedPull,
  zConnections,
  zInstitutions,
  zLinkedItem,
  zPlaidConnectionUrl,
  zPortfolio,
  zProviderPending,
  zPullAccepted,
  zSnapTradeConnectionUrl,
} from "../generated/checks/zod.gen.js";
import { ResponseFormatError } from "./errors.js";

export const schemas = {
  holdings: z.object({ holdings: zPortfolio }),
  pending: zCombinedPending,
  providerPending: zProviderPending,
  paidRefresh: zCombinedPull,
  paidRefreshAccepted: zPullAccepted,
  connections: zConnections,
  institutions: zInstitutions,
  linked: zLinkedItem,
  plaidUrl: zPlaidConnectionUrl,
  snapTradeUrl: zSnapTradeConnectionUrl,
};

/** Create a parser of response bodies. It raises ResponseFormatError if one does not match; the error quotes no value of the body. */
export const createParser =
  <Schema extends z.ZodMiniType>(schema: Schema) =>
  (body: unknown): z.infer<Schema> => {
    const result = z.safeParse(schema, body);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    throw new ResponseFormatError(issue?.path.map(String).join(".") || "its top", describeIssue(issue));
  };

function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === "invalid_type") return `${issue.expected} expected`;
  return issue?.code.replaceAll("_", " ") ?? "invalid";
}
