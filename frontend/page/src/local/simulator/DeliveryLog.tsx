import { useQuery, useQueryClient } from "@tanstack/react-query";
import { PROVIDER_NAMES, type ProviderName } from "@tidings/react";
import { clearDeliveries, deliveryLabel, fetchDeliveries, type LoggedDelivery } from "./control.ts";

const MAX_LINES = 100;
const POLL_MS = 2_000;
const KEY = ["local", "deliveries"];

/** List the receiver's response to each webhook, newest first. */
export function DeliveryLog({ simulators }: { simulators: readonly ProviderName[] }) {
  const queries = useQueryClient();
  const { data = [] } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => fetchDeliveries(simulators, signal),
    refetchInterval: POLL_MS,
  });
  const clear = () => void clearDeliveries(simulators).then(() => queries.invalidateQueries({ queryKey: KEY }));
  return (
    <section className="log" aria-labelledby="log">
      <div className="card__head">
        <h3 id="log">Webhook log</h3>
        <button type="button" className="tidings-button tidings-button--quiet" onClick={clear}>
          Clear log
        </button>
      </div>
      {data.length === 0 && <p className="tidings-empty">No webhook was sent yet.</p>}
      <ol aria-label="Webhook deliveries, newest first">
        {data.slice(0, MAX_LINES).map((delivery) => (
          <Line key={`${delivery.at}/${delivery.webhook_id}/${delivery.attempt}`} delivery={delivery} />
        ))}
      </ol>
      {data.length > MAX_LINES && (
        <p className="tidings-muted">
          The newest {MAX_LINES} of {data.length}.
        </p>
      )}
    </section>
  );
}

function Line({ delivery }: { delivery: LoggedDelivery }) {
  const { provider, event, webhook_id: id, variant, attempt, status, at, duration_s: took } = delivery;
  const kind = status === 200 ? "ok" : status === null ? "none" : "refused";
  return (
    <li data-status={status}>
      <span className={`log__response log__response--${kind}`}>{deliveryLabel(delivery)}</span>
      <span>
        <strong>{event}</strong> {variant !== "genuine" && <span className="tag">{variant}</span>}
      </span>
      <span className="tidings-muted">
        {PROVIDER_NAMES[provider]}, {new Date(at * 1000).toLocaleTimeString()}, attempt {attempt},{" "}
        {Math.round(took * 1000)} ms, <span className="log__id">id {id}</span>
      </span>
    </li>
  );
}
