export { Amount, type AmountProps, splitAmount, tailWidth } from "./Amount.js";
export { formatAge } from "./formatAge.js";
export { formatDay, formatGain, formatInstant, formatMoney, formatPercent, formatQuantity } from "./formats.js";
export { HoldingsTable, type HoldingsTableProps } from "./HoldingsTable.js";
export { LastUpdated, type LastUpdatedProps, useNow } from "./LastUpdated.js";
export { LoadNotice, type LoadNoticeProps } from "./LoadNotice.js";
export { optionTitle, titleOf, typeLabel } from "./labels.js";
export { UpdatesBanner, type UpdatesBannerProps } from "./UpdatesBanner.js";
export {
  type ColumnName,
  type HoldingsTableState,
  type Sort,
  type SortKey,
  type TableRow,
  useHoldingsTable,
} from "./useHoldingsTable.js";
