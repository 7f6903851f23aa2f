import { render, screen } from "@testing-library/react";
import { App } from "../../src/App.tsx";
import { DEFAULTS } from "../../src/config.ts";

export const openPage = (config = {}) => render(<App config={{ ...DEFAULTS, ...config }} />);

/** Open the page of a signed-in user, and wait until its portfolio is loaded. */
export async function openLoaded(config = {}) {
  const view = openPage(config);
  await screen.findByRole("heading", { name: "Connections" });
  return view;
}

export const findToast = (title: string | RegExp) => screen.findByText(title, { selector: "[data-title]" });
