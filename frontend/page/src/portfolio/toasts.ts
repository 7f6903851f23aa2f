import { explainError } from "@tidings/react/intents";
import { toast } from "sonner";
import { localization, say, texts } from "../locales/texts.ts";

/** Show that an action failed, and why. */
export function showErrorToast(title: string, error: unknown): void {
  const reason = explainError(error instanceof Error ? error : new Error(String(error)), localization);
  toast.error(title, { description: say(texts.toasts.because, { reason }) });
}
