export * from "./components/connections.js";
export { useConnect } from "./hooks/useConnect.js";
export { type ConnectionListState, useConnectionList } from "./hooks/useConnectionList.js";
export { useConnections, useDisconnect } from "./hooks/useConnections.js";
