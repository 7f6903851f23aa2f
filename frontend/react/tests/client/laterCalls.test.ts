import { createClient, NetworkError } from "@tidings/react/client";

/** Make the client's later calls impossible to load, as a deployment does that removed their file. */
const removeLaterCalls = () =>
  vi.doMock("../../src/client/laterCalls.ts", () => {
    throw new TypeError("Failed to fetch dynamically imported module");
  });

afterEach(() => vi.doUnmock("../../src/client/laterCalls.ts"));

test("a call whose code can't be loaded rejects like one without a response", async () => {
  removeLaterCalls();
  const error: unknown = await createClient({ baseUrl: "" })
    .getConnections()
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NetworkError);
  expect(error).toMatchObject({ reason: "unreachable" });
});

test("a refresh whose code can't be loaded says so in its result", async () => {
  removeLaterCalls();
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  const result = await createClient({ baseUrl: "" }).refreshHoldings();
  expect(result).toMatchObject({ portfolio: null, outcomes: {} });
  expect(result.error).toMatchObject({ name: "NetworkError", reason: "offline" });
});
