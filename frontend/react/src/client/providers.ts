import type { ProviderName } from "./types.js";

export const PROVIDERS: readonly ProviderName[] = ["plaid", "snaptrade"];
export const PROVIDER_NAMES: Record<ProviderName, string> = { plaid: "Plaid", snaptrade: "SnapTrade" };
