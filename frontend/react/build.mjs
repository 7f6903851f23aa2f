// Build ESM and declarations file by file, so that hosts bundle only what they import. Join the parts of each style
// sheet.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";

process.chdir(import.meta.dirname);
rmSync("dist", { recursive: true, force: true });
execFileSync("tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });
const styleSheets = { "styles.css": ["styles.css", "holdingsTable.css"], "connections.css": ["connections.css"] };
for (const [name, parts] of Object.entries(styleSheets)) {
  writeFileSync(`dist/${name}`, parts.map((part) => readFileSync(`src/styles/${part}`, "utf8")).join("\n"));
}
