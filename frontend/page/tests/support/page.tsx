import { render, screen } from "@testing-library/react";
import { Fragment, type JSXElementConstructor, type ReactNode } from "react";
import { App } from "../../src/App.tsx";
import { DEFAULTS } from "../../src/config.ts";

type Wrapper = JSXElementConstructor<{ children: ReactNode }>;

export const openPage = (config = {}, wrapper: unknown = Fragment) =>
  render(<App config={{ ...DEFAULTS, ...config }} />, { wrapper: wrapper as Wrapper });

/** Open the page of a signed-in user, and wait until its portfolio is loaded. */
export async function openLoaded(config = {}, wrapper: unknown = Fragment) {
  const view = openPage(config, wrapper);
  await screen.findByRole("heading", { name: "Connections" });
  return view;
}

export const findToast = (title: string | RegExp) => screen.findByText(title, { selector: "[data-title]" });
