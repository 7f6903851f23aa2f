import { useSyncExternalStore } from "react";
import { currentTheme, subscribeToTheme, type Theme } from "./theme.ts";

export const useTheme = (): Theme => useSyncExternalStore(subscribeToTheme, currentTheme);
