// Build ESM and declarations file by file, so that hosts bundle only what they import. Copy the style sheet.
import { execFileSync } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";

process.chdir(import.meta.dirname);
rmSync("dist", { recursive: true, force: true });
execFileSync("tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });
copyFileSync("src/styles/styles.css", "dist/styles.css");
