export * from "./client/index.js";
export * from "./components/index.js";
export { type LocaleSettings, useLocalization } from "./hooks/localization.js";
export { TidingsProvider, type TidingsProviderProps, useTidingsClient } from "./hooks/provider.js";
export type { QueryOptions } from "./hooks/queryResult.js";
export type * from "./hooks/types.js";
export { useConnect } from "./hooks/useConnect.js";
export { type ConnectionListState, useConnectionList } from "./hooks/useConnectionList.js";
export { useConnections, useDisconnect } from "./hooks/useConnections.js";
export { useCooldown } from "./hooks/useCooldown.js";
export { useHoldings } from "./hooks/useHoldings.js";
export { usePaidRefresh } from "./hooks/usePaidRefresh.js";
export { usePendingUpdates } from "./hooks/usePendingUpdates.js";
export { type RefreshButtonState, useRefreshButton } from "./hooks/useRefreshButton.js";
export { useRefreshHoldings } from "./hooks/useRefreshHoldings.js";
export { type UpdatesBannerState, useUpdatesBanner } from "./hooks/useUpdatesBanner.js";
export { describeRefresh, describeWait } from "./intents/describeRefresh.js";
export {
  createRefreshHoldingsIntent,
  REFRESH_HOLDINGS,
  type RefreshHoldingsIntent,
} from "./intents/refreshHoldings.js";
export { formatMessage } from "./locales/formatMessage.js";
export type { Catalogue, Localization, Message, Translated } from "./locales/types.js";
export { tidingsQueries } from "./queries/queries.js";
export type { RefreshVariables } from "./queries/refresh.js";
