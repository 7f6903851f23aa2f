import { act, cleanup, render } from "@testing-library/react";
import { LastUpdated } from "@tidings/react";

const NOW = "2026-02-19T14:03:20Z";
const shown = (at: string | null) => render(<LastUpdated at={at} locale="en-US" />).container;

beforeEach(() => vi.useFakeTimers({ now: new Date(NOW) }));
afterEach(() => vi.useRealTimers());

test.each([
  ["2026-02-19T14:03:20Z", "less than a minute ago"],
  ["2026-02-19T14:02:20Z", "1 minute ago"],
  ["2026-02-19T11:04:00Z", "2 hours ago"],
  ["2026-02-17T14:03:20Z", "2 days ago"],
  ["2026-02-19T14:03:50Z", "less than a minute ago"],
])("the age of %s is shown as %s", (at, age) => {
  const container = shown(at);
  expect(container.textContent).toMatch(new RegExp(`^Last updated ${age} \\(Feb 1\\d, 2026, .+\\)$`));
  expect(container.querySelector("time")).toHaveAttribute("datetime", at);
});

test("data that was never fetched has no date", () => {
  const container = shown(null);
  expect(container).toHaveTextContent("Last updated: not yet");
  expect(container.querySelector("time")).toBeNull();
});

test("the age is updated while it is shown", () => {
  const container = shown(NOW);
  act(() => vi.advanceTimersByTime(5 * 60_000));
  expect(container).toHaveTextContent("5 minutes ago");
  cleanup();
  expect(vi.getTimerCount()).toBe(0);
});
