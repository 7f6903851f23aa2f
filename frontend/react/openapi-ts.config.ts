import { defineConfig } from "@hey-api/openapi-ts";

const input = "../../docs/openapi.json";
/** A test looks whether what is committed is current. */
const to = process.env.GENERATED ?? "src/generated";
const noOperations = { include: ["GET /none"] };

type Schema = { type?: string; anyOf?: Schema[]; properties?: Record<string, Schema> };

/** What tells whole numbers apart weighs more than it is worth to a browser. */
function wholeNumbersAsNumbers(schema: Schema) {
  if (schema.type === "integer") schema.type = "number";
  for (const part of [...(schema.anyOf ?? []), ...Object.values(schema.properties ?? {})]) wholeNumbersAsNumbers(part);
}

// Checks are generated for what is received; TypeScript checks what is sent.
export default defineConfig([
  {
    input,
    output: { path: `${to}/types`, clean: true, entryFile: false },
    parser: { filters: { operations: noOperations, orphans: true } },
    plugins: ["@hey-api/typescript"],
  },
  {
    input,
    output: { path: `${to}/checks`, clean: true, entryFile: false },
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
