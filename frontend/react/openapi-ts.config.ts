import { defineConfig } from "@hey-api/openapi-ts";

const input = "../../docs/openapi.json";
const noOperations = { include: ["GET /none"] };

type Schema = { type?: string; anyOf?: Schema[]; properties?: Record<string, Schema> };

function wholeNumbersAsNumbers(schema: Schema) {
  if (schema.type === "integer") schema.type = "number";
  for (const part of [...(schema.anyOf ?? []), ...Object.values(schema.properties ?? {})]) wholeNumbersAsNumbers(part);
}

// Checks are generated for what is received; TypeScript checks what is sent. Whole numbers are checked as numbers:
// what tells them apart weighs more than it is worth to a browser.
export default defineConfig([
  {
    input,
    output: { path: "src/generated/types", clean: true, entryFile: false },
    parser: { filters: { operations: noOperations, orphans: true } },
    plugins: ["@hey-api/typescript"],
  },
  {
    input,
    output: { path: "src/generated/checks", clean: true, entryFile: false },
    parser: {
      filters: {
        operations: noOperations,
        schemas: { exclude: ["/Body$/", "HoldingsAnswer", "Problem", "WebhookAnswer"] },
        orphans: true,
      },
      patch: { schemas: (_name: string, schema: unknown) => wholeNumbersAsNumbers(schema as Schema) },
    },
    plugins: [{ name: "zod", compatibilityVersion: "mini" }],
  },
]);
