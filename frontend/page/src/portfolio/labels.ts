import type { AccountTotal } from "@tidings/react";
import { texts } from "../locales/texts.ts";

const { accounts } = texts;

const ACCOUNT_STATUSES: Record<string, string> = accounts.statuses;

/** Say in a word or two what is special about an account. */
export function accountTags({ counted, is_paper: isPaper, status }: AccountTotal): string[] {
  const tag = isPaper ? accounts.paper : counted ? null : accounts.once;
  return [tag, ACCOUNT_STATUSES[status ?? ""]].filter((text) => typeof text === "string");
}

/** Explain the difference between the institution's total and the listed holdings. */
export function residualLabel({ residual_explained_by: explanation }: AccountTotal): string {
  return accounts.residuals[explanation ?? "other"];
}
