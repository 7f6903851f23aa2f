import { type Connection, HoldingsTable, LastUpdated, LoadNotice } from "@tidings/react";
import { ConnectionList, ReconnectNotice } from "@tidings/react/connections";
import type { ReactNode } from "react";
import { connections, holdings } from "./examples";

const STATES = ["loading", "empty", "signed_out", "offline", "unreachable", "blocked", "failed"] as const;
const showName = ({ institution }: Connection) => alert(institution);

/** Show each component with fixed data, and each state. */
export function Gallery() {
  return (
    <>
      <h1>Components</h1>
      <Example title="HoldingsTable">
        <HoldingsTable holdings={holdings} />
      </Example>
      <Example title="HoldingsTable with three columns and details of its own">
        <HoldingsTable
          holdings={holdings}
          label="Chosen columns"
          columns={["name", "value", "gain"]}
          renderToolbar={({ total }) => <p>{total}</p>}
          renderDetails={({ holding }) => <p>{holding.isin}</p>}
        />
      </Example>
      <Example title="LastUpdated">
        <LastUpdated at={new Date(Date.now() - 7_200_000).toISOString()} />
      </Example>
      <Example title="ReconnectNotice">
        <ReconnectNotice connections={connections} onReconnect={showName} />
      </Example>
      <Example title="ConnectionList">
        <ConnectionList connections={connections} onReconnect={showName} onDisconnect={showName} />
      </Example>
      {STATES.map((state) => (
        <Example key={state} title={`LoadNotice: ${state}`}>
          <LoadNotice state={state} onRetry={() => alert(state)} />
        </Example>
      ))}
    </>
  );
}

function Example({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
