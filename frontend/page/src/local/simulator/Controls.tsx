import type { Connection, ProviderName } from "@tidings/react";
import { PROVIDER_NAMES } from "@tidings/react";
import { type ReactNode, useState } from "react";
import { clearFaults, injectFault, sendCommand } from "./control.ts";

type Run = (title: string, action: () => Promise<unknown>) => void;
interface ControlProps {
  target: Connection;
  run: Run;
}

export function Controls({ target, run }: ControlProps) {
  return (
    <>
      <Market target={target} run={run} />
      <Examples target={target} run={run} />
      <Webhooks target={target} run={run} />
      <Faults target={target} run={run} />
    </>
  );
}

function ControlGroup({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="simulator__part">
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}

function ActionButton({ title, onClick }: { title: string; onClick: () => void }) {
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

/** Change the holdings at the broker. With a lost webhook, Tidings gets no notification of the change. */
function Market({ target, run }: ControlProps) {
  const [ticker, setTicker] = useState("AAPL");
  const [quantity, setQuantity] = useState("1");
  const [percent, setPercent] = useState("2.5");
  const [silent, setSilent] = useState(false);
  return (
    <ControlGroup title="At the broker">
      <div className="simulator__row">
        <Field label="Ticker" value={ticker} onChange={(text) => setTicker(text.toUpperCase())} isNumber={false} />
        <Field label="Quantity" value={quantity} onChange={setQuantity} />
        <ActionButton
          title="Trade"
          onClick={() =>
            run(`Trade ${quantity} ${ticker}`, () => sendCommand(target, "trade", { ticker, quantity, silent }))
          }
        />
      </div>
      <div className="simulator__row">
        <Field label="Percent" value={percent} onChange={setPercent} />
        <ActionButton
          title="Move prices"
          onClick={() => run(`Prices ${percent} %`, () => sendCommand(target, "prices", { percent, silent }))}
        />
      </div>
      <label className="check">
        <input type="checkbox" checked={silent} onChange={(event) => setSilent(event.target.checked)} />
        Lose the webhook
      </label>
      <div className="simulator__row">
        <ActionButton
          title="10,000 positions"
          onClick={() => run("10,000 positions", () => sendCommand(target, "positions", { count: 10_000 }))}
        />
        <ActionButton
          title="3 positions"
          onClick={() => run("3 positions", () => sendCommand(target, "positions", { count: 3 }))}
        />
      </div>
    </ControlGroup>
  );
}

const EXAMPLES: Record<ProviderName, Record<string, string>> = {
  plaid: { grant: "Stock grant", margin_loan: "Margin loan" },
  snaptrade: {
    paper_account: "Paper account",
    closed_account: "Closed account",
    pence: "Price in pence",
    future: "Future",
    bond: "Bond per 100",
    unknown_quantity: "Unknown quantity",
  },
};

/** Add what a portfolio can contain beside the default one. */
function Examples({ target, run }: ControlProps) {
  return (
    <ControlGroup title="Examples">
      <div className="simulator__row">
        {Object.entries(EXAMPLES[target.provider]).map(([kind, title]) => (
          <ActionButton
            key={kind}
            title={title}
            onClick={() => run(`Example: ${title}`, () => sendCommand(target, "example", { kind }))}
          />
        ))}
      </div>
    </ControlGroup>
  );
}

const WEBHOOKS: { title: string; options: Record<string, unknown> }[] = [
  { title: "Send", options: {} },
  { title: "Duplicate", options: { times: 2 } },
  { title: "Delay 10 s", options: { delay_s: 10 } },
  { title: "Forge", options: { variant: "forged" } },
  { title: "Tamper", options: { variant: "tampered" } },
  { title: "Stale", options: { variant: "stale" } },
  { title: "Unsigned", options: { variant: "unsigned" } },
  { title: "Replay", options: { variant: "replay" } },
];

function Webhooks({ target, run }: ControlProps) {
  return (
    <ControlGroup title="Webhook">
      <div className="simulator__row">
        {WEBHOOKS.map(({ title, options }) => (
          <ActionButton
            key={title}
            title={title}
            onClick={() => run(`Webhook: ${title}`, () => sendCommand(target, "webhook", options))}
          />
        ))}
      </div>
    </ControlGroup>
  );
}

const SLOW_S = 8;

function Faults({ target, run }: ControlProps) {
  const { provider } = target;
  const name = PROVIDER_NAMES[provider];
  return (
    <ControlGroup title="Faults">
      <div className="simulator__row">
        <ActionButton title="Break connection" onClick={() => run("Break", () => sendCommand(target, "break"))} />
        <ActionButton title="Repair connection" onClick={() => run("Repair", () => sendCommand(target, "repair"))} />
        {provider === "plaid" && (
          <ActionButton title="End access" onClick={() => run("End access", () => sendCommand(target, "end"))} />
        )}
      </div>
      <div className="simulator__row">
        <ActionButton
          title={`Slow ${name}`}
          onClick={() =>
            run(`${name} takes ${SLOW_S} s`, () => injectFault(provider, { kind: "delay", delay_s: SLOW_S }))
          }
        />
        <ActionButton
          title={`Failing ${name}`}
          onClick={() => run(`${name} returns 500`, () => injectFault(provider, { kind: "status", status: 500 }))}
        />
        <ActionButton title={`${name} works again`} onClick={() => run(`${name} works`, () => clearFaults(provider))} />
      </div>
    </ControlGroup>
  );
}
