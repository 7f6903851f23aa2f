import { render, screen } from "@testing-library/react";
import { App } from "../../src/App.tsx";
import { DEFAULTS } from "../../src/config.ts";

export const open = (config = {}) => render(<App config={{ ...DEFAULTS, ...config }} />);

/** The page of a signed-in user, once its figures are there. */
export async function opened(config = {}) {
  const view = open(config);
  await screen.findByRole("heading", { name: "Connections" });
  return view;
}

export const toastOf = (title: string | RegExp) => screen.findByText(title, { selector: "[data-title]" });
