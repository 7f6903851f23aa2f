import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// Only a hang exhausts it: a busy machine is no failure.
configure({ asyncUtilTimeout: 60_000 });

afterEach(() => {
  cleanup();
  vi.useRealTimers();
  if (typeof window === "undefined") return; // a test in Node
  localStorage.clear();
  sessionStorage.clear();
});
