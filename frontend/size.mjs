// What a host downloads of the package, its dependencies included and its peers not; and all that the page downloads.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const KB = 1000;
const LIMITS = { package: 15 * KB, page: 200 * KB };
const here = (path) => join(import.meta.dirname, path);
const zipped = (text) => gzipSync(text, { level: 9 }).length;

async function packageSize() {
  const peers = Object.keys(JSON.parse(readFileSync(here("react/package.json"), "utf8")).peerDependencies);
  const result = await build({
    root: here("react"),
    configFile: false,
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"' },
    build: {
      write: false,
      rolldownOptions: { external: (id) => peers.some((peer) => id === peer || id.startsWith(`${peer}/`)) },
    },
  });
  const code = result[0].output.map((chunk) => chunk.code ?? chunk.source).join("");
  return zipped(code) + zipped(readFileSync(here("react/dist/styles.css")));
}

function pageSize() {
  const assets = readdirSync(here("page/dist"), { recursive: true }).filter((name) => /\.(js|css)$/.test(name));
  return assets.map((name) => zipped(readFileSync(here(join("page/dist", name))))).reduce((sum, one) => sum + one, 0);
}

for (const [name, bytes] of Object.entries({ package: await packageSize(), page: pageSize() })) {
  const kept = bytes <= LIMITS[name];
  console.log(
    `${name}: ${(bytes / KB).toFixed(1)} kB gzipped, at most ${LIMITS[name] / KB} kB${kept ? "" : ": TOO LARGE"}`,
  );
  if (!kept) process.exitCode = 1;
}
