/** "Canadian Dollar"; codes that are no ISO 4217 stand as they are. */
export function currencyName(code: string): string {
  if (code === "XXX") return "Unknown currency";
  return /^[A-Z]{3}$/.test(code) ? (new Intl.DisplayNames("en", { type: "currency" }).of(code) ?? code) : code;
}
