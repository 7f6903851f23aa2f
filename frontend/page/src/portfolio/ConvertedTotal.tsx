import { formatMoney, type Portfolio } from "@tidings/react";

const SOURCES: Record<string, string> = { ecb: "ECB statistics" };

/** Show the total in one currency with the newest date and the source of its rates; nothing if nothing is converted. */
export function ConvertedTotal({ total }: { total: Portfolio["converted_total"] }) {
  const converted = total?.rates.filter(({ date }) => date !== null) ?? [];
  if (!total || total.value === null || converted.length === 0) return null;
  const days = converted.map(({ date }) => date as string).sort();
  const sources = [...new Set(converted.map(({ source }) => source ?? ""))];
  const missing = Object.keys(total.unconverted);
  return (
    <p className="tidings-muted">
      ≈ <strong className="tidings-number">{formatMoney(total.value, total.currency)}</strong> in all, at rates of{" "}
      {[...new Set([days[0], days.at(-1)])].join(" to ")}
      {total.stale && " (outdated)"}
      {missing.length > 0 && `, without ${missing.join(", ")}`}. Source:{" "}
      {sources.map((source) => SOURCES[source] ?? source).join(", ")}
    </p>
  );
}
