// `make mutation-tests-react` runs this in the front end's folder. FILE limits it to one file.
export default {
  mutate: [process.env.FILE ?? "react/src/**/*.{ts,tsx}", "!react/src/generated/**"],
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "stryker/vitest.config.ts" },
  coverageAnalysis: "perTest",
  concurrency: 1,
  timeoutMS: 15_000,
  reporters: ["clear-text"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  ignorePatterns: ["dist"],
  tempDirName: "stryker/.sandbox",
  checkers: [],
};
