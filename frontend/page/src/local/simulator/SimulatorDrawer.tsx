import "./simulator.css";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Connection, connectionName, PROVIDER_NAMES, type ProviderName, useConnections } from "@tidings/react";
import { useEffect, useId, useRef, useState } from "react";
import { Controls } from "./Controls.tsx";
import { type Delivery, deliveryLabel } from "./control.ts";
import { DeliveryLog } from "./DeliveryLog.tsx";

interface SimulatorDrawerProps {
  simulators: readonly ProviderName[];
  onClose: () => void;
}

/** Steers the simulated brokers beside the page that shows what comes of it. */
export default function SimulatorDrawer({ simulators, onClose }: SimulatorDrawerProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  const { connections = [] } = useConnections();
  const known = connections.filter(({ provider }) => simulators.includes(provider));
  const [chosen, setChosen] = useState("");
  const target = known.find((connection) => connection.source_id === chosen) ?? known[0];
  useEffect(() => heading.current?.focus(), []);
  return (
    <aside
      className="simulator"
      aria-labelledby={id}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <div className="card__head">
        <h2 id={id} ref={heading} tabIndex={-1}>
          Broker simulator
        </h2>
        <button type="button" className="tidings-button tidings-button--quiet" onClick={onClose}>
          Close simulator
        </button>
      </div>
      {target ? (
        <div>
          <ConnectionChoice connections={known} value={target.source_id} onChange={setChosen} />
          <Steering key={target.source_id} target={target} />
        </div>
      ) : (
        <p className="tidings-empty">Connect a broker first: then you can play its part here.</p>
      )}
      <DeliveryLog simulators={simulators} />
    </aside>
  );
}

interface ConnectionChoiceProps {
  connections: readonly Connection[];
  value: string;
  onChange: (sourceId: string) => void;
}

function ConnectionChoice({ connections, value, onChange }: ConnectionChoiceProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Connection</label>
      <select id={id} className="tidings-input" value={value} onChange={(event) => onChange(event.target.value)}>
        {connections.map((connection) => (
          <option key={connection.source_id} value={connection.source_id}>
            {connectionName(connection)} ({PROVIDER_NAMES[connection.provider]})
          </option>
        ))}
      </select>
    </div>
  );
}

/** Runs one order after the other, says what came of it, and has the page look again. */
function Steering({ target }: { target: Connection }) {
  const queries = useQueryClient();
  const order = useMutation({
    mutationFn: ({ run }: { title: string; run: () => Promise<Delivery[] | unknown> }) => run(),
    onSettled: () => queries.invalidateQueries({ predicate: ({ queryKey }) => !queryKey.includes("holdings") }),
  });
  const run = (title: string, action: () => Promise<Delivery[] | unknown>) => order.mutate({ title, run: action });
  return (
    <>
      <Controls target={target} run={run} />
      <output className="simulator__outcome">
        {order.isPending && `${order.variables.title}...`}
        {order.isError && `${order.variables.title}: ${order.error.message}`}
        {order.isSuccess && `${order.variables.title}: ${resultLabel(order.data)}`}
      </output>
    </>
  );
}

function resultLabel(data: unknown): string {
  if (!Array.isArray(data) || data.length === 0) return "done";
  const answers = new Set((data as Delivery[]).map(deliveryLabel));
  return `${data.length} ${data.length === 1 ? "webhook" : "webhooks"}, ${[...answers].join(", ")}`;
}
