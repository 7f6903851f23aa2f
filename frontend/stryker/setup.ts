import { configure } from "@testing-library/react";

// A change that a test waits for in vain is noticed by this limit. It is above the longest real wait of a test, 4 s.
configure({ asyncUtilTimeout: 8_000 });
