import { render, screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { ErrorBoundary } from "react-error-boundary";
import { CrashedPage } from "../src/portfolio/States.tsx";

function Fragile({ state }: { state: { fails: boolean } }) {
  if (state.fails) throw new Error("no such row");
  return <p>All is well</p>;
}

test("a rendering error shows a notice with a button to recover", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const state = { fails: true };
  render(
    <ErrorBoundary FallbackComponent={CrashedPage}>
      <Fragile state={state} />
    </ErrorBoundary>,
  );
  expect(screen.getByRole("alert")).toHaveTextContent("Something went wrong on this page");
  state.fails = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(screen.getByText("All is well")).toBeVisible();
});
