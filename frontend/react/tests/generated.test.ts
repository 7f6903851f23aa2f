// @vitest-environment node
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

test("the generated files match docs/openapi.json", () => {
  const root = join(import.meta.dirname, "..");
  const generatedDir = mkdtempSync(join(root, "../node_modules/.generated-"));
  try {
    execFileSync(process.execPath, [join(root, "../node_modules/.bin/openapi-ts")], {
      cwd: root,
      env: { ...process.env, GENERATED: generatedDir },
      stdio: "pipe",
    });
    for (const file of ["types/types.gen.ts", "checks/zod.gen.ts", "laterChecks/zod.gen.ts"]) {
      const [kept, current] = [join(root, "src/generated", file), join(generatedDir, file)].map((path) =>
        readFileSync(path, "utf8"),
      );
      expect(kept === current, `${file} is not current: npm run generate`).toBe(true);
    }
  } finally {
    rmSync(generatedDir, { recursive: true, force: true });
  }
}, 60_000);
