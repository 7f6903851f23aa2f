// Pack the package, install it into an app outside of this workspace, type-check and build that app.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PACKAGE = join(import.meta.dirname, "../..");
const MODULES = join(PACKAGE, "../node_modules");
const APP = {
  "index.html": `<div id="root"></div><script type="module" src="/main.tsx"></script>`,
  "main.tsx": `
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createClient, HoldingsTable, TidingsProvider, UpdatesBanner, useHoldings } from "@tidings/react";
import "@tidings/react/styles.css";
import "@tidings/react/connections.css";
import { createRoot } from "react-dom/client";

const client = createClient({ baseUrl: "https://api.example" });
const Holdings = () => <HoldingsTable holdings={useHoldings().portfolio?.holdings ?? []} />;
const root = document.getElementById("root") as HTMLElement;
createRoot(root).render(
  <QueryClientProvider client={new QueryClient()}>
    <TidingsProvider client={client}><UpdatesBanner /><Holdings /></TidingsProvider>
  </QueryClientProvider>,
);`,
  "parts.tsx": `
import { ConnectionList, useConnectionList } from "@tidings/react/connections";
import { describeRefresh } from "@tidings/react/intents";
import { usePaidRefresh } from "@tidings/react/paid";
import { PortfolioView } from "@tidings/react/view";
export const parts = [ConnectionList, useConnectionList, describeRefresh, usePaidRefresh, PortfolioView];`,
  "server.ts": `
import { ApiError, createClient, type RefreshResult } from "@tidings/react/client";
export const refresh = (): Promise<RefreshResult> => createClient({ baseUrl: "", getToken: () => "t" }).refreshHoldings();
export const wait = (error: unknown): number | null => (error instanceof ApiError ? error.retryAfter : null);`,
  "wrong.ts": `
import { createClient } from "@tidings/react/client";
// @ts-expect-error: there is no such provider
createClient({ baseUrl: "" }).getHoldings("robinhood");`,
  "styles.d.ts": `declare module "*.css";`,
  "tsconfig.json": JSON.stringify({
    compilerOptions: {
      target: "ES2022",
      lib: ["ES2023", "DOM"],
      module: "ESNext",
      moduleResolution: "bundler",
      jsx: "react-jsx",
      strict: true,
      noEmit: true,
      skipDefaultLibCheck: true,
      types: [],
    },
  }),
  "package.json": JSON.stringify({ name: "host", private: true, type: "module", version: "1.0.0" }),
};

const run = (command: string, args: string[], cwd: string) => {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")}: ${stdout}${stderr}`);
  }
};
const tool = (name: string, args: string[], cwd: string) =>
  run(process.execPath, [join(MODULES, ".bin", name), ...args], cwd);

const app = mkdtempSync(join(tmpdir(), "tidings-host-"));
const installed = join(app, "node_modules/@tidings/react");
let tarball: string;

/** Copy the package: packing builds it anew in its own folder, while another test may install it from there. */
const copyPackage = () => {
  const workspace = join(app, "workspace");
  const copied = join(workspace, "react");
  cpSync(PACKAGE, copied, { recursive: true, filter: (path) => path !== join(PACKAGE, "dist") });
  cpSync(join(PACKAGE, "../tsconfig.base.json"), join(workspace, "tsconfig.base.json"));
  symlinkSync(MODULES, join(workspace, "node_modules"));
  return copied;
};

/** Install like npm, but copy this workspace's dependencies: no network, and a minute faster. */
beforeAll(() => {
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--silent", "--pack-destination", app], copyPackage()));
  tarball = join(app, packed.filename);
  rmSync(join(app, "workspace"), { recursive: true });
  mkdirSync(installed, { recursive: true });
  run("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"], app);
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  for (const name of [
    ...Object.keys({ ...dependencies, ...peerDependencies }),
    "@tanstack/query-core",
    "scheduler",
    "@types/react",
    "@types/react-dom",
    "csstype",
  ]) {
    mkdirSync(join(app, "node_modules", name, ".."), { recursive: true });
    cpSync(join(MODULES, name), join(app, "node_modules", name), { recursive: true });
  }
  for (const [name, text] of Object.entries(APP)) writeFileSync(join(app, name), text);
}, 300_000);

afterAll(() => rmSync(app, { recursive: true, force: true }));

test("the package contains all exported files and no sources", () => {
  expect(readdirSync(installed).sort()).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
  const { exports } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  const named = Object.values(exports).flatMap((one) =>
    typeof one === "string" ? [one] : Object.values(one as object),
  );
  expect(named.filter((path) => !existsSync(join(installed, path)))).toEqual([]);
});

test("the package carries the project's licence", () => {
  const { license } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  expect(license).toBe("Apache-2.0");
  expect(readFileSync(join(installed, "LICENSE"), "utf8")).toBe(readFileSync(join(PACKAGE, "../../LICENSE"), "utf8"));
});

test("the package type-checks in a host", () => {
  tool("tsc", ["-p", "."], app);
}, 300_000);

test("a host builds with the package, and the client runs in Node", () => {
  tool("vite", ["build", "--logLevel", "error"], app);
  const built = readdirSync(join(app, "dist/assets")).map((name) =>
    readFileSync(join(app, "dist/assets", name), "utf8"),
  );
  expect(built.join("")).toContain("Updated data available from your broker");
  expect(built.join("")).toContain("--tidings-");
  const script = `import("@tidings/react/client").then((it) => console.log(typeof it.createClient))`;
  expect(run(process.execPath, ["-e", script], app).trim()).toBe("function");
}, 300_000);

test("publint and attw accept the package", () => {
  tool("publint", ["run", "--strict", "--pack", "false", installed], app);
  tool("attw", [tarball, "--profile", "esm-only", "--exclude-entrypoints", "./styles.css", "./connections.css"], app);
}, 300_000);

test("the client builds without React", () => {
  writeFileSync(
    join(app, "main.tsx"),
    `import { createClient } from "@tidings/react/client"; createClient({ baseUrl: "" });`,
  );
  for (const name of ["react", "react-dom", "@tanstack"]) rmSync(join(app, "node_modules", name), { recursive: true });
  tool("vite", ["build", "--logLevel", "error"], app);
}, 300_000);
