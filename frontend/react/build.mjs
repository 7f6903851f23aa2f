// Build ESM and declarations file by file, so that hosts bundle only what they import. Copy the style sheets.
import { execFileSync } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";

process.chdir(import.meta.dirname);
rmSync("dist", { recursive: true, force: true });
execFileSync("tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });
for (const name of ["styles.css", "connections.css"]) copyFileSync(`src/styles/${name}`, `dist/${name}`);
