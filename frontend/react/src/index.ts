export * from "./client/index.js";
export * from "./components/index.js";
export { TidingsProvider, useTidingsClient } from "./hooks/provider.js";
export type * from "./hooks/types.js";
export { useConnect } from "./hooks/useConnect.js";
export { useConnections, useDisconnect } from "./hooks/useConnections.js";
export { useCooldown } from "./hooks/useCooldown.js";
export { useHoldings } from "./hooks/useHoldings.js";
export { usePaidRefresh } from "./hooks/usePaidRefresh.js";
export { usePendingUpdates } from "./hooks/usePendingUpdates.js";
export { useRefreshHoldings } from "./hooks/useRefreshHoldings.js";
export { describeRefresh, describeWait } from "./intents/describeRefresh.js";
export {
  createRefreshHoldingsIntent,
  REFRESH_HOLDINGS,
  type RefreshHoldingsIntent,
} from "./intents/refreshHoldings.js";
export { tidingsQueries } from "./queries/queries.js";
export { type RefreshVariables, refreshThrough } from "./queries/refresh.js";
