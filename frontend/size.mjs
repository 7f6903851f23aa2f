// What hosts download, as their bundler makes it: all of the package without its peers, what a host without components
// needs with zod included, and all of the page.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const KB = 1000;
const here = (path) => join(import.meta.dirname, path);
const zipped = (text) => gzipSync(text, { level: 9 }).length;
const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);

const peers = Object.keys(JSON.parse(readFileSync(here("react/package.json"), "utf8")).peerDependencies);
const withoutZod = peers.filter((peer) => peer !== "zod");
const whole = readFileSync(here("react/dist/index.js"), "utf8").replaceAll('"./', `"${here("react/dist")}/`);
const headless = whole.replace(/.*components.*/, "");
const styles = `import ${JSON.stringify(here("react/dist/styles.css"))};`;

async function bundle(modules, external) {
  const served = {
    name: "in-memory",
    resolveId: (id) => (id in modules ? id : undefined),
    load: (id) => modules[id],
  };
  const { output } = await build({
    root: here("react"),
    configFile: false,
    logLevel: "error",
    plugins: [served],
    define: { "process.env.NODE_ENV": '"production"' },
    build: {
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

/** The size of a host that uses everything that `library` exports: by names of its own choice, so they are minified. */
async function used(library, external, more = "") {
  const [{ exports }] = await bundle({ "virtual:host": library }, external);
  const host = `import { ${exports} } from "virtual:library"; ${more} globalThis.used = [${exports}];`;
  const output = await bundle({ "virtual:host": host, "virtual:library": library }, external);
  return sum(output.map((file) => zipped(file.code ?? file.source)));
}

function page() {
  const assets = readdirSync(here("page/dist"), { recursive: true }).filter((name) => /\.(js|css)$/.test(name));
  return sum(assets.map((name) => zipped(readFileSync(here(join("page/dist", name))))));
}

const sizes = [
  ["package, styles included, without peers", await used(whole, peers, styles), 15],
  ["package without its components, but with zod", await used(headless, withoutZod), 15],
  ["package, styles and zod included", await used(whole, withoutZod, styles), 25],
  ["page", page(), 200],
];
for (const [name, bytes, limit] of sizes) {
  const kept = bytes <= limit * KB;
  console.log(`${(bytes / KB).toFixed(2)} kB gzipped: ${name} (at most ${limit} kB)${kept ? "" : ": TOO LARGE"}`);
  if (!kept) process.exitCode = 1;
}
