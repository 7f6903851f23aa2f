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
const styleSheet = (name) => `import ${JSON.stringify(here(`react/dist/${name}.css`))};`;
const styles = styleSheet("styles");
const allStyles = styles + styleSheet("connections");

/** The browsers that the package is for: the first ones with light-dark(), whose fallbacks would add to the styles. */
const BASELINE_2024 = ["chrome123", "firefox120", "safari17.5"];

/** Vite's code around each import(). It is the app's own, which has it once for all of its imports. */
const PRELOAD_HELPER = "\0vite/preload-helper.js";

async function bundle(modules, preserveEntrySignatures = false) {
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
        preserveEntrySignatures,
        external: (id) => peers.some((peer) => id === peer || id.startsWith(`${peer}/`)),
      },
    },
  });
  return output;
}

/**
 * Measure a host that uses all exports of `library`: what it downloads at once, and each file that it loads later. The
 * library is not an entry point, so that names are minified.
 */
async function measurePackage(library, imports = "") {
  const [{ exports }] = await bundle({ "virtual:host": library }, "strict");
  const host = `import { ${exports} } from "virtual:library"; ${imports} globalThis.used = [${exports}];`;
  const output = await bundle({ "virtual:host": host, "virtual:library": library });
  const sizeOf = (files) => sum(files.map((file) => gzippedSize(file.code ?? file.source)));
  const laterFiles = output.filter((file) => file.isDynamicEntry);
  const later = Object.fromEntries(laterFiles.map((file) => [file.name, sizeOf([file])]));
  return { atOnce: sizeOf(output) - sizeOf(laterFiles), later };
}

function measurePage() {
  const assets = readdirSync(here("page/dist"), { recursive: true }).filter((name) => /\.(js|css)$/.test(name));
  return sum(assets.map((name) => gzippedSize(readFileSync(here(join("page/dist", name))))));
}

const mainSize = await measurePackage(main, styles);
const { atOnce, later } = await measurePackage(everything, allStyles);

/** Measure what an entry point and its styles add to a host that uses the main one. */
const measurePart = async (name, styleSheets = styles) =>
  (await measurePackage(`${main}\n${entry(name)}`, styleSheets)).atOnce - mainSize.atOnce;

const sizes = [
  ["package, styles included, without React and Query", mainSize.atOnce, 15],
  ["package without its components", (await measurePackage(headless)).atOnce, 15],
  ["package, all styles, all that is loaded later and all of the parts below", atOnce + sum(Object.values(later)), 25],
  ["the calls besides those that show holdings, loaded after the first render", mainSize.later.laterCalls, 2],
  ["the connection for live updates, loaded where a deployment has them", mainSize.later.startLiveUpdates, 1.5],
  ["@tidings/react/connections and its styles, beside the package", await measurePart("connections", allStyles), 3],
  ["@tidings/react/view and its styles, beside the package", await measurePart("view", allStyles), 4.5],
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
