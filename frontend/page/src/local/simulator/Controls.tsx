import { PROVIDER_NAMES } from "@tidings/react";
import { useState } from "react";
import { Action, ControlGroup, type ControlProps, Field } from "./ControlGroup.tsx";
import { type Command, clearFaults, injectFault, sendCommand } from "./control.ts";

interface SwitchedProps extends ControlProps {
  silent: boolean;
}

/** All controls of one connection. The checkbox on top applies to each that changes data. */
export function Controls(props: ControlProps) {
  const [silent, setSilent] = useState(false);
  return (
    <>
      <label className="check">
        <input
          type="checkbox"
          checked={silent}
          aria-describedby="silent-text"
          onChange={(event) => setSilent(event.target.checked)}
        />
        Send no webhook
      </label>
      <p id="silent-text" className="simulator__text">
        The changes below happen without a webhook, as if it were lost.
      </p>
      <Market {...props} silent={silent} />
      <Examples {...props} silent={silent} />
      <Access {...props} silent={silent} />
      <Webhooks {...props} />
      <Faults {...props} />
    </>
  );
}

function Market({ target, run, silent }: SwitchedProps) {
  const [ticker, setTicker] = useState("AAPL");
  const [quantity, setQuantity] = useState("1");
  const [percent, setPercent] = useState("2.5");
  const positions = (count: number) => () =>
    run(`${count.toLocaleString("en")} positions`, () => sendCommand(target, "positions", { count, silent }));
  return (
    <ControlGroup title="Market" text="Change what the broker holds for you.">
      <div className="simulator__fields">
        <Field label="Ticker" value={ticker} onChange={(text) => setTicker(text.toUpperCase())} isNumber={false} />
        <Field label="Quantity" value={quantity} onChange={setQuantity} />
        <Field label="Percent" value={percent} onChange={setPercent} />
      </div>
      <Action
        title="Trade"
        text="Buys the quantity of the ticker, or sells it if negative, and pays from cash."
        onClick={() =>
          run(`Trade ${quantity} ${ticker}`, () => sendCommand(target, "trade", { ticker, quantity, silent }))
        }
      />
      <Action
        title="Move prices"
        text="Changes every price except cash by the percentage."
        onClick={() => run(`Prices ${percent} %`, () => sendCommand(target, "prices", { percent, silent }))}
      />
      <Action title="10,000 positions" text="Replaces the holdings by very many." onClick={positions(10_000)} />
      <Action title="3 positions" text="Replaces the holdings by few." onClick={positions(3)} />
    </ControlGroup>
  );
}

const EXAMPLES: Record<string, Record<string, [title: string, text: string]>> = {
  plaid: {
    grant: ["Stock grant", "Shares of an employer, of which some have not vested yet."],
    margin_loan: ["Margin loan", "Money borrowed to invest: the account’s total is below its holdings."],
  },
  snaptrade: {
    paper_account: ["Paper account", "An account with play money, which counts in no total."],
    closed_account: ["Closed account", "An account that the broker has closed."],
    pence: ["Price in pence", "A London share, priced in pence but valued in pounds."],
    future: ["Future", "A contract whose price is not what it is worth."],
    bond: ["Bond per 100", "A bond whose price is for 100 of face value."],
    unknown_quantity: ["Unknown quantity", "A fund of which the broker states no quantity."],
  },
};

function Examples({ target, run, silent }: SwitchedProps) {
  return (
    <ControlGroup title="Examples" text="Add what few portfolios have, to see how it is shown.">
      {Object.entries(EXAMPLES[target.provider] ?? {}).map(([kind, [title, text]]) => (
        <Action
          key={kind}
          title={title}
          text={text}
          onClick={() => run(`Example: ${title}`, () => sendCommand(target, "example", { kind, silent }))}
        />
      ))}
    </ControlGroup>
  );
}

function Access({ target, run, silent }: SwitchedProps) {
  const command = (title: string, name: Command) => () => run(title, () => sendCommand(target, name, { silent }));
  return (
    <ControlGroup title="Access" text="Change whether the broker still lets you in.">
      <Action
        title="Break connection"
        text="The broker asks you to sign in again."
        onClick={command("Break", "break")}
      />
      <Action title="Repair connection" text="The sign-in works again." onClick={command("Repair", "repair")} />
      {target.provider === "plaid" && (
        <Action
          title="End access"
          text="You withdraw the permission at the broker. This can’t be repaired."
          onClick={command("End access", "end")}
        />
      )}
    </ControlGroup>
  );
}

const WEBHOOKS: { title: string; text: string; options: Record<string, unknown> }[] = [
  { title: "Send", text: "Says that there is new data.", options: {} },
  { title: "Duplicate", text: "The same webhook twice: it counts once.", options: { times: 2 } },
  { title: "Delay 10 s", text: "Sent ten seconds from now.", options: { delay_s: 10 } },
  { title: "Forge", text: "Signed with another key: refused.", options: { variant: "forged" } },
  { title: "Tamper", text: "Changed after it was signed: refused.", options: { variant: "tampered" } },
  { title: "Stale", text: "Signed too long ago: refused.", options: { variant: "stale" } },
  { title: "Unsigned", text: "Without a signature: refused.", options: { variant: "unsigned" } },
  { title: "Replay", text: "An earlier webhook again: it changes nothing.", options: { variant: "replay" } },
];

function Webhooks({ target, run }: ControlProps) {
  return (
    <ControlGroup title="Webhooks" text="Send a message about new data, although nothing has changed.">
      {WEBHOOKS.map(({ title, text, options }) => (
        <Action
          key={title}
          title={title}
          text={text}
          onClick={() => run(`Webhook: ${title}`, () => sendCommand(target, "webhook", options))}
        />
      ))}
    </ControlGroup>
  );
}

const SLOW_S = 8;

function Faults({ target: { provider }, run }: ControlProps) {
  const name = PROVIDER_NAMES[provider];
  return (
    <ControlGroup title="Outages" text={`Disturb the next refreshes from all connections through ${name}.`}>
      <Action
        title={`Slow ${name}`}
        text={`Each response takes ${SLOW_S} seconds.`}
        onClick={() =>
          run(`${name} takes ${SLOW_S} s`, () => injectFault(provider, { kind: "delay", delay_s: SLOW_S }))
        }
      />
      <Action
        title={`Failing ${name}`}
        text="Each response is an error."
        onClick={() => run(`${name} returns 500`, () => injectFault(provider, { kind: "status", status: 500 }))}
      />
      <Action
        title={`${name} works again`}
        text="Ends both of the above."
        onClick={() => run(`${name} works`, () => clearFaults(provider))}
      />
    </ControlGroup>
  );
}
