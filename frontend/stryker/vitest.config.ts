import { fileURLToPath } from "node:url";
import { mergeConfig } from "vitest/config";
import { reactProject } from "../vitest.config.ts";

const setup = fileURLToPath(new URL("setup.ts", import.meta.url));

export default mergeConfig(reactProject, { test: { setupFiles: [setup], testTimeout: 15_000 } });
