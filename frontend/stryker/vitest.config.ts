import { reactProject } from "../vitest.config.ts";

export default reactProject;
