import * as z from "zod/mini";
import {
  zCombinedPending,
  zCombinedPull,
  zConnections,
  zLinkedItem,
  zPlaidConnectionUrl,
  zPortfolio,
  zProviderPending,
  zPullAccepted,
  zSnapTradeConnectionUrl,
} from "../generated/checks/zod.gen.js";
import { ResponseFormatError } from "./errors.js";

export const formats = {
  holdings: z.object({ holdings: zPortfolio }),
  pending: zCombinedPending,
  providerPending: zProviderPending,
  pull: zCombinedPull,
  pullAccepted: zPullAccepted,
  connections: zConnections,
  linked: zLinkedItem,
  plaidUrl: zPlaidConnectionUrl,
  snapTradeUrl: zSnapTradeConnectionUrl,
};

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
