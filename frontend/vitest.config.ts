import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Resolve the package to its sources, so that tests never run against an outdated build.
const source = (path: string) => fileURLToPath(new URL(`react/src/${path}`, import.meta.url));
const alias = [
  { find: /^@tidings\/react\/client$/, replacement: source("client/index.ts") },
  { find: /^@tidings\/react\/(connections|view|intents|paid)$/, replacement: source("$1.ts") },
  { find: /^@tidings\/react\/locales\/(\w+)$/, replacement: source("locales/$1.ts") },
  { find: /^@tidings\/react\/(styles|connections)\.css$/, replacement: source("styles/$1.css") },
  { find: /^@tidings\/react$/, replacement: source("index.ts") },
];
const jsdomProject = (name: string, groupOrder: number) => ({
  resolve: { alias },
  test: {
    name,
    root: fileURLToPath(new URL(name, import.meta.url)),
    environment: "jsdom",
    // A process, its modules and its document serve many files: for one file alone they take longer than its tests.
    isolate: false,
    sequence: { groupOrder }, // one project after the other: a process serves files of one project alone
    globals: true,
    include: ["tests/**/*.test.{ts,tsx}"],
    exclude: ["tests/outside/**"],
    setupFiles: [
      fileURLToPath(new URL("vitest.setup.ts", import.meta.url)),
      fileURLToPath(new URL(`${name}/tests/support/setup.ts`, import.meta.url)),
    ],
    testTimeout: 120_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
});

export const reactProject = jsdomProject("react", 1);

export default defineConfig({
  test: {
    projects: [
      reactProject,
      jsdomProject("page", 2),
      {
        test: {
          name: "outside",
          root: fileURLToPath(new URL("react", import.meta.url)),
          globals: true,
          testTimeout: 120_000,
          include: ["tests/outside/**/*.test.ts"],
        },
      },
    ],
  },
});
