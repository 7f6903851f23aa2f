import { defineConfig } from "@hey-api/openapi-ts";

const input = "../../docs/openapi.json";
const outputDir = "src/generated";
const noOperations = { include: ["GET /none"] };

type Schema = {
  type?: string;
  const?: string;
  enum?: string[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
};

/**
 * Replace integers by numbers, and the one constant by a choice of one: their checks would make the package larger
 * without protecting a browser.
 */
function simplify(schema: Schema) {
  if (schema.type === "integer") schema.type = "number";
  if (schema.const !== undefined) {
    schema.enum = [schema.const];
    delete schema.const;
  }
  for (const part of [...(schema.anyOf ?? []), ...Object.values(schema.properties ?? {})]) simplify(part);
}

/**
 * Patch a schema. The converted total stays unchecked, since the package only passes it on and a check would be large.
 * `withDefaults` sets it to undefined if the server sent none.
 */
function patchSchema(schema: Schema) {
  if (schema.properties?.converted_total) {
    schema.properties.converted_total = {};
    schema.required?.push("converted_total");
  }
  simplify(schema);
}

/** The responses of `client/laterCalls.ts`: their checks are loaded with it. */
const LATER = ["/^Connections?$/", "/^Institutions?$/", "/ConnectionUrl$/", "LinkedItem", "LiveTicket", "/Pull/"];
const UNCHECKED = [
  "/Body$/",
  "HoldingsAnswer",
  "Problem",
  "WebhookAnswer",
  "AppliedRate",
  "ConvertedTotal",
  "RateLeg",
  "/^History/",
  "/^ChangeSets?$/",
];

/** Generate the checks of some schemas. They call the functions of `schemaTypes` where zod's would stand. */
const checks = (directory: string, schemas: { include?: string[]; exclude: string[] }) => ({
  input,
  output: {
    path: `${outputDir}/${directory}`,
    clean: true,
    entryFile: false,
    module: { resolve: (name: string) => (name === "zod/mini" ? "../../client/schemaTypes.js" : undefined) },
  },
  parser: {
    filters: { operations: noOperations, schemas, orphans: true },
    patch: { schemas: (_name: string, schema: unknown) => patchSchema(schema as Schema) },
  },
  plugins: [{ name: "zod" as const, compatibilityVersion: "mini" as const }],
});

// Generate checks for responses only, because TypeScript checks the requests.
export default defineConfig([
  {
    input,
    output: { path: `${outputDir}/types`, clean: true, entryFile: false },
    parser: { filters: { operations: noOperations, orphans: true } },
    plugins: ["@hey-api/typescript"],
  },
  checks("checks", { exclude: [...UNCHECKED, ...LATER] }),
  checks("laterChecks", { include: LATER, exclude: UNCHECKED }),
]);
