// ESM and declarations by tsc, file by file, so that hosts bundle only what they import; the style sheet beside them.
import { execFileSync } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";

process.chdir(import.meta.dirname);
rmSync("dist", { recursive: true, force: true });
execFileSync("tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" });
copyFileSync("src/styles/styles.css", "dist/styles.css");
