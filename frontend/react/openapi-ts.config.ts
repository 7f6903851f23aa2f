import { defineConfig } from "@hey-api/openapi-ts";

export default defineConfig({
  input: "../../docs/openapi.json",
  output: { path: "src/generated", clean: true, entryFile: false },
  plugins: ["@hey-api/typescript", { name: "zod", compatibilityVersion: "mini" }],
});
