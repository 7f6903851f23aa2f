/** Format a currency code as "Canadian Dollar". Codes outside ISO 4217 stay unchanged. */
export function formatCurrencyName(code: string): string {
  if (code === "XXX") return "Unknown currency";
  return /^[A-Z]{3}$/.test(code) ? (new Intl.DisplayNames("en", { type: "currency" }).of(code) ?? code) : code;
}
