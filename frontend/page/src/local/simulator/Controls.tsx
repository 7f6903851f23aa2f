import type { Connection } from "@tidings/react";
import { PROVIDER_NAMES } from "@tidings/react";
import { type ReactNode, useState } from "react";
import { calm, command, disturb } from "./control.ts";

type Run = (title: string, action: () => Promise<unknown>) => void;
interface PartProps {
  target: Connection;
  run: Run;
}

export function Controls({ target, run }: PartProps) {
  return (
    <>
      <Market target={target} run={run} />
      <Webhooks target={target} run={run} />
      <Trouble target={target} run={run} />
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="simulator__part">
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}

function Do({ title, onClick }: { title: string; onClick: () => void }) {
  return (
    <button type="button" className="tidings-button" onClick={onClick}>
      {title}
    </button>
  );
}

function Field({
  label,
  value,
  onChange,
  isNumber = true,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  isNumber?: boolean;
}) {
  return (
    <label className="field">
      {label}
      <input
        className="tidings-input"
        value={value}
        inputMode={isNumber ? "decimal" : "text"}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}

/** What happens at the broker. A lost webhook changes the holdings and tells nobody. */
function Market({ target, run }: PartProps) {
  const [ticker, setTicker] = useState("AAPL");
  const [quantity, setQuantity] = useState("1");
  const [percent, setPercent] = useState("2.5");
  const [silent, setSilent] = useState(false);
  return (
    <Part title="At the broker">
      <div className="simulator__row">
        <Field label="Ticker" value={ticker} onChange={(text) => setTicker(text.toUpperCase())} isNumber={false} />
        <Field label="Quantity" value={quantity} onChange={setQuantity} />
        <Do
          title="Trade"
          onClick={() =>
            run(`Trade ${quantity} ${ticker}`, () => command(target, "trade", { ticker, quantity, silent }))
          }
        />
      </div>
      <div className="simulator__row">
        <Field label="Percent" value={percent} onChange={setPercent} />
        <Do
          title="Move prices"
          onClick={() => run(`Prices ${percent} %`, () => command(target, "prices", { percent, silent }))}
        />
      </div>
      <label className="check">
        <input type="checkbox" checked={silent} onChange={(event) => setSilent(event.target.checked)} />
        Lose the webhook
      </label>
      <div className="simulator__row">
        <Do
          title="10,000 positions"
          onClick={() => run("10,000 positions", () => command(target, "positions", { count: 10_000 }))}
        />
        <Do title="3 positions" onClick={() => run("3 positions", () => command(target, "positions", { count: 3 }))} />
      </div>
    </Part>
  );
}

const WEBHOOKS: { title: string; order: Record<string, unknown> }[] = [
  { title: "Send", order: {} },
  { title: "Duplicate", order: { times: 2 } },
  { title: "Delay 10 s", order: { delay_s: 10 } },
  { title: "Forge", order: { variant: "forged" } },
  { title: "Tamper", order: { variant: "tampered" } },
  { title: "Stale", order: { variant: "stale" } },
  { title: "Unsigned", order: { variant: "unsigned" } },
  { title: "Replay", order: { variant: "replay" } },
];

function Webhooks({ target, run }: PartProps) {
  return (
    <Part title="Webhook">
      <div className="simulator__row">
        {WEBHOOKS.map(({ title, order }) => (
          <Do
            key={title}
            title={title}
            onClick={() => run(`Webhook: ${title}`, () => command(target, "webhook", order))}
          />
        ))}
      </div>
    </Part>
  );
}

const SLOW_S = 8;

function Trouble({ target, run }: PartProps) {
  const { provider } = target;
  const name = PROVIDER_NAMES[provider];
  return (
    <Part title="Trouble">
      <div className="simulator__row">
        <Do title="Break connection" onClick={() => run("Break", () => command(target, "break"))} />
        <Do title="Repair connection" onClick={() => run("Repair", () => command(target, "repair"))} />
      </div>
      <div className="simulator__row">
        <Do
          title={`Slow ${name}`}
          onClick={() => run(`${name} takes ${SLOW_S} s`, () => disturb(provider, { kind: "delay", delay_s: SLOW_S }))}
        />
        <Do
          title={`Failing ${name}`}
          onClick={() => run(`${name} answers 500`, () => disturb(provider, { kind: "status", status: 500 }))}
        />
        <Do title={`${name} works again`} onClick={() => run(`${name} works`, () => calm(provider))} />
      </div>
    </Part>
  );
}
