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
export {
  connectionName,
  hasAccessEnded,
  needsReconnect,
  reasonLabel,
  /** @deprecated Published name of `reasonLabel`. */
  reasonLabel as reasonInWords,
  statusLabel,
  /** @deprecated Published name of `statusLabel`. */
  statusLabel as statusInWords,
  titleOf,
  typeLabel,
  /** @deprecated Published name of `typeLabel`. */
  typeLabel as typeInWords,
} from "./labels.js";
export { ReconnectNotice, type ReconnectNoticeProps } from "./ReconnectNotice.js";
export { UpdatesBanner, type UpdatesBannerProps } from "./UpdatesBanner.js";
export {
  type HoldingsTableState,
  type Sort,
  type SortKey,
  type TableRow,
  useHoldingsTable,
} from "./useHoldingsTable.js";
