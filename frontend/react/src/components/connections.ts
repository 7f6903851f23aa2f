export { ConnectionList, type ConnectionListProps } from "./ConnectionList.js";
export { reasonLabel, statusLabel } from "./connectionLabels.js";
export { ReconnectNotice, type ReconnectNoticeProps } from "./ReconnectNotice.js";
