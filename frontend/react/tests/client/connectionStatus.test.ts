import { connectionName } from "@tidings/react/client";
import { canReconnect } from "../../src/client/connectionStatus.js";
import { connection } from "../support/factories.js";

test.each([
  ["First Platypus Bank", undefined, "First Platypus Bank"],
  [null, undefined, "Your broker"],
  [null, "Ihr Broker", "Ihr Broker"],
])("a connection to %s, with %s for an unknown one, is named %s", (institution, unnamed, name) => {
  expect(connectionName(connection({ institution }), unnamed)).toBe(name);
});

test.each([
  ["ok", null, false],
  ["reconnect_required", null, true],
  ["reconnect_required", "ITEM_LOGIN_REQUIRED", true],
  ["revoked", "institution_no_longer_supported", false],
] as const)(
  "a connection that is %s because of %s: reconnecting is possible: %s",
  (status, status_reason, possible) => {
    expect(canReconnect(connection({ status, status_reason }))).toBe(possible);
  },
);
