export { createClient } from "./client.js";
export { connectionName, hasAccessEnded, needsReconnect } from "./connectionStatus.js";
export { countContracts } from "./countContracts.js";
export { createConverter, type FindRate } from "./createConverter.js";
export { ApiError, NetworkError, type NetworkErrorReason, ResponseFormatError } from "./errors.js";
export { fetchWithRetry, type RetryOptions } from "./fetch.js";
export { extractPortfolio, keepIdentity } from "./portfolio.js";
export { PROVIDER_NAMES, PROVIDERS } from "./providers.js";
export * from "./types.js";
