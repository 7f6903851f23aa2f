export * from "./client/index.js";
export { TidingsProvider, useTidingsClient } from "./hooks/provider.js";
export type * from "./hooks/types.js";
