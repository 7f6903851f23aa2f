// @vitest-environment node
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FRONT_END = join(import.meta.dirname, "../..");
const readPages = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));

test("the reference pages of the hooks match their types", () => {
  const folder = mkdtempSync(join(tmpdir(), "tidings-reference-"));
  try {
    execFileSync(process.execPath, [join(FRONT_END, "reference.mjs")], { env: { ...process.env, REFERENCE: folder } });
    expect(readPages(join(FRONT_END, "../docs/react")), "not current: npm run generate").toEqual(readPages(folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
