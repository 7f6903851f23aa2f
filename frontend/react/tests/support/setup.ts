import { server } from "./server.js";
// What the package loads later: the first test that needs it would wait for the file, not for its condition.
import "../../src/client/laterCalls.js";
import "../../src/live/startLiveUpdates.js";

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());
