// Measure what a browser downloads, gzipped, and fail above the limits. A host's bundler is simulated for the package,
// because a host downloads only the exports that it uses.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const KB = 1000;
const here = (path) => join(import.meta.dirname, path);
const gzippedSize = (text) => gzipSync(text, { level: 9 }).length;
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

const peers = Object.keys(JSON.parse(readFileSync(here("react/package.json"), "utf8")).peerDependencies);
/** The exports of an entry point, for a module that stands elsewhere. */
const entry = (name) =>
  readFileSync(here(`react/dist/${name}.js`), "utf8").replaceAll('"./', `"${here("react/dist")}/`);
const main = entry("index");
const headless = main.replace(/.*components.*/, "");
const parts = ["connections", "view", "intents", "paid"];
const everything = ["index", ...parts].map(entry).join("\n");
const styles = `import ${JSON.stringify(here("react/dist/styles.css"))};`;

/** The browsers that the package is for: the first ones with light-dark(), whose fallbacks would add to the styles. */
const BASELINE_2024 = ["chrome123", "firefox120", "safari17.5"];

/** Vite's code around each import(). It is the app's own, which has it once for all of its imports. */
const PRELOAD_HELPER = "\0vite/preload-helper.js";

async function bundle(modules, external) {
  const virtualModules = {
    name: "in-memory",
    enforce: "pre",
    resolveId: (id) => (id in modules ? id : undefined),
    load: (id) => (id === PRELOAD_HELPER ? "export const __vitePreload = (load) => load();" : modules[id]),
  };
  const { output } = await build({
    root: here("react"),
    configFile: false,
    logLevel: "error",
    plugins: [virtualModules],
    define: { "process.env.NODE_ENV": '"production"' },
    build: {
      target: BASELINE_2024,
      write: false,
      modulePreload: false,
      rolldownOptions: {
        input: "virtual:host",
        preserveEntrySignatures: "strict",
        external: (id) => external.some((peer) => id === peer || id.startsWith(`${peer}/`)),
      },
    },
  });
  return output;
}

/**
 * Measure a host that uses all exports of `library`: what it downloads at once, and what it loads later. The library is
 * not an entry point, so that names are minified.
 */
async function measurePackage(library, external, imports = "") {
  const [{ exports }] = await bundle({ "virtual:host": library }, external);
  const host = `import { ${exports} } from "virtual:library"; ${imports} globalThis.used = [${exports}];`;
  const output = await bundle({ "virtual:host": host, "virtual:library": library }, external);
  const sizeOf = (files) => sum(files.map((file) => gzippedSize(file.code ?? file.source)));
  const later = output.filter((file) => file.isDynamicEntry);
  return { atOnce: sizeOf(output) - sizeOf(later), later: sizeOf(later) };
}

function measurePage() {
  const assets = readdirSync(here("page/dist"), { recursive: true }).filter((name) => /\.(js|css)$/.test(name));
  return sum(assets.map((name) => gzippedSize(readFileSync(here(join("page/dist", name))))));
}

const withoutZod = [...peers, "zod"];
const mainSize = await measurePackage(main, withoutZod, styles);
const whole = await measurePackage(everything, peers, styles);

/** Measure what an entry point adds to a host that uses the main one. */
const measurePart = async (name) =>
  (await measurePackage(`${main}\n${entry(name)}`, withoutZod, styles)).atOnce - mainSize.atOnce;

const sizes = [
  ["package, styles included, without React, Query and zod", mainSize.atOnce, 15],
  ["package without its components, but with zod", (await measurePackage(headless, peers)).atOnce, 15],
  ["package, styles and zod and all of the parts below included", whole.atOnce + whole.later, 25],
  ["the connection for live updates, loaded where a deployment has them", mainSize.later, 1.5],
  ["@tidings/react/connections, beside the package", await measurePart("connections"), 2.5],
  ["@tidings/react/view, beside the package", await measurePart("view"), 4.5],
  ["@tidings/react/intents, beside the package", await measurePart("intents"), 2],
  ["@tidings/react/paid, beside the package", await measurePart("paid"), 0.5],
  ["page", measurePage(), 200],
];
for (const [name, bytes, limit] of sizes) {
  const isWithinLimit = bytes <= limit * KB;
  console.log(
    `${(bytes / KB).toFixed(2)} kB gzipped: ${name} (at most ${limit} kB)${isWithinLimit ? "" : ": TOO LARGE"}`,
  );
  if (!isWithinLimit) process.exitCode = 1;
}
