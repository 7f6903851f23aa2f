import type * as z from "zod/v4/core";
import {
  zCombinedPending,
  zCombinedPull,
  zConnections,
  zInstitutions,
  zLinkedItem,
  zLiveTicket,
  zPlaidConnectionUrl,
  zPortfolio,
  zProviderPending,
  zPullAccepted,
  zSnapTradeConnectionUrl,
} from "../generated/checks/zod.gen.js";
import { ResponseFormatError } from "./errors.js";
import { object } from "./schemaTypes.js";

/**
 * Create a parser of response bodies. It raises ResponseFormatError if one does not match; the error quotes no value of
 * the body. `~standard` is Standard Schema's interface: zod's own functions would add 0.3 kB for errors that none shows.
 */
const createParser =
  <Schema extends z.$ZodType>(schema: Schema) =>
  (body: unknown): z.output<Schema> => {
    const result = schema["~standard"].validate(body) as { value: z.output<Schema>; issues?: z.$ZodIssue[] };
    if (!result.issues) return result.value;
    const [issue] = result.issues;
    throw new ResponseFormatError(issue?.path.map(String).join(".") || "its top", describeIssue(issue));
  };

function describeIssue(issue: z.$ZodIssue | undefined): string {
  if (issue?.code === "invalid_type") return `${issue.expected} expected`;
  return issue?.code.replaceAll("_", " ") ?? "invalid";
}

export const parseHoldings = createParser(object({ holdings: zPortfolio }));
export const parsePending = createParser(zCombinedPending);
export const parseProviderPending = createParser(zProviderPending);
export const parsePaidRefresh = createParser(zCombinedPull);
export const parsePaidRefreshAccepted = createParser(zPullAccepted);
export const parseConnections = createParser(zConnections);
export const parseInstitutions = createParser(zInstitutions);
export const parseLinkedItem = createParser(zLinkedItem);
export const parseLiveTicket = createParser(zLiveTicket);
export const parsePlaidUrl = createParser(zPlaidConnectionUrl);
export const parseSnapTradeUrl = createParser(zSnapTradeConnectionUrl);
