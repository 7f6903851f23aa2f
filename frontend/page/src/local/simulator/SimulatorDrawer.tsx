import "./simulator.css";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Connection, connectionName, PROVIDER_NAMES, type ProviderName } from "@tidings/react";
import { useConnections } from "@tidings/react/connections";
import { useEffect, useId, useRef, useState } from "react";
import { Controls } from "./Controls.tsx";
import { type Delivery, deliveryLabel } from "./control.ts";
import { DeliveryLog } from "./DeliveryLog.tsx";

interface SimulatorDrawerProps {
  simulators: readonly ProviderName[];
  onClose: () => void;
}

/** Control the simulated brokers beside the page that shows the effect. */
export default function SimulatorDrawer({ simulators, onClose }: SimulatorDrawerProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  const { connections = [] } = useConnections();
  const controllable = connections.filter(({ provider }) => simulators.includes(provider));
  const [chosenId, setChosenId] = useState("");
  const target = controllable.find((connection) => connection.source_id === chosenId) ?? controllable[0];
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
        <div className="simulator__controls">
          <p>
            Play the part of your brokers: change something there, and watch how this page learns of it. The log at the
            bottom shows what they sent, and what Tidings answered.
          </p>
          <ConnectionChoice connections={controllable} value={target.source_id} onChange={setChosenId} />
          <CommandPanel key={target.source_id} target={target} />
        </div>
      ) : (
        <p className="tidings-empty">Connect a broker first: then you can control it here.</p>
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

/** Run one command at a time, show its result, and refetch all but the holdings. */
function CommandPanel({ target }: { target: Connection }) {
  const queries = useQueryClient();
  const command = useMutation({
    mutationFn: ({ run }: { title: string; run: () => Promise<Delivery[] | unknown> }) => run(),
    onSettled: () => queries.invalidateQueries({ predicate: ({ queryKey }) => !queryKey.includes("holdings") }),
  });
  const run = (title: string, action: () => Promise<Delivery[] | unknown>) => command.mutate({ title, run: action });
  return (
    <>
      <Controls target={target} run={run} />
      <output className="simulator__outcome">
        {command.isPending && `${command.variables.title}...`}
        {command.isError && `${command.variables.title}: ${command.error.message}`}
        {command.isSuccess && `${command.variables.title}: ${resultLabel(command.data)}`}
      </output>
    </>
  );
}

function resultLabel(data: unknown): string {
  if (!Array.isArray(data) || data.length === 0) return "done";
  const responses = new Set((data as Delivery[]).map(deliveryLabel));
  return `${data.length} ${data.length === 1 ? "webhook" : "webhooks"}, ${[...responses].join(", ")}`;
}
