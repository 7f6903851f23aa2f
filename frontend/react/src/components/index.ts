export { ConnectionList, type ConnectionListProps } from "./ConnectionList.js";
export {
  formatAge,
  formatInstant,
  formatMoney,
  formatPercent,
  formatQuantity,
} from "./formats.js";
export { HoldingsTable, type HoldingsTableProps } from "./HoldingsTable.js";
export { LastUpdated, type LastUpdatedProps, useNow } from "./LastUpdated.js";
export { ReconnectNotice, type ReconnectNoticeProps } from "./ReconnectNotice.js";
export { UpdatesBanner, type UpdatesBannerProps } from "./UpdatesBanner.js";
export {
  type HoldingsTableState,
  type Sort,
  type SortKey,
  type TableRow,
  useHoldingsTable,
} from "./useHoldingsTable.js";
export {
  connectionName,
  needsReconnect,
  reasonInWords,
  statusInWords,
  titleOf,
  typeInWords,
} from "./words.js";
