export { usePaidRefresh } from "./hooks/usePaidRefresh.js";
