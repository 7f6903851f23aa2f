export { describeRefresh, describeWait, explainError } from "./intents/describeRefresh.js";
export {
  createRefreshHoldingsIntent,
  REFRESH_HOLDINGS,
  type RefreshHoldingsIntent,
} from "./intents/refreshHoldings.js";
export type { RefreshVariables } from "./queries/refresh.js";
