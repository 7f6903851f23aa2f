/** Format numbers and dates by the user's locale. */
export const DASH = "—";

const numberFormats = new Map<string, Intl.NumberFormat>();

function formatNumber(value: number, locale: string | undefined, options: Intl.NumberFormatOptions): string {
  const key = locale + JSON.stringify(options);
  const format = numberFormats.get(key) ?? new Intl.NumberFormat(locale, options);
  numberFormats.set(key, format);
  return format.format(value);
}

function formatAmount(
  value: number | null,
  currency: string,
  locale?: string,
  options?: Intl.NumberFormatOptions,
): string {
  if (value === null) return DASH;
  const isUnknown = currency === "XXX";
  // Intl formats a currency's code. Any other, such as a coin's name, follows the number unchanged.
  if (/^[A-Z]{3}$/.test(currency) && !isUnknown)
    return formatNumber(value, locale, { style: "currency", currency, ...options });
  const number = formatNumber(value, locale, { minimumFractionDigits: 2, maximumFractionDigits: 2, ...options });
  return isUnknown ? number : `${number} ${currency}`;
}

export const formatMoney = (value: number | null, currency: string, locale?: string): string =>
  formatAmount(value, currency, locale);

/** Format a strike price. Whole amounts have no decimal places. */
export const formatStrike = (value: number, currency: string, locale?: string): string =>
  formatAmount(value, currency, locale, {
    minimumFractionDigits: Number.isInteger(value) ? 0 : 2,
    maximumFractionDigits: 4,
  });

/** Format a gain or loss with its sign. */
export const formatGain = (value: number | null, currency: string, locale?: string): string =>
  formatAmount(value, currency, locale, { signDisplay: "exceptZero" });

/** Format a price with up to four decimal places, or six if it is below one. */
export const formatPrice = (value: number | null, currency: string, locale?: string): string =>
  formatAmount(value, currency, locale, {
    minimumFractionDigits: 2,
    maximumFractionDigits: Math.abs(value ?? 1) < 1 ? 6 : 4,
  });

export const formatQuantity = (value: number | null, locale?: string): string =>
  value === null ? DASH : formatNumber(value, locale, { maximumFractionDigits: 8 });

export const formatPercent = (share: number, locale?: string, signed = false): string =>
  formatNumber(share, locale, {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
    signDisplay: signed ? "exceptZero" : "auto",
  });

/** Format an instant in the user's time zone: "Feb 19, 2026, 14:03". */
export const formatInstant = (iso: string, locale?: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));

/** Format a date without a time: "Jan 21, 2028". Uses UTC, because a time zone could change the day. */
export const formatDay = (day: string, locale?: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(
    new Date(`${day.slice(0, 10)}T00:00Z`),
  );

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** Format an age: "3 minutes ago". Null below a minute: for that a catalogue has words. */
export function formatRelativeAge(iso: string, now: number, language: string): string | null {
  const seconds = (now - Date.parse(iso)) / 1000;
  for (const [unit, size] of UNITS) {
    if (seconds >= size) return new Intl.RelativeTimeFormat(language).format(-Math.floor(seconds / size), unit);
  }
  return null;
}
