import { texts } from "../locales/texts.ts";
import type { Connecting } from "./useConnecting.ts";

interface AddAccountProps {
  connecting: Connecting;
  isPrimary?: boolean;
}

/** The one way to add an account: a button that opens the list of brokers. */
export function AddAccount({ connecting, isPrimary = false }: AddAccountProps) {
  const { addAccount, opening } = texts.adding;
  return (
    <button
      type="button"
      className={`tidings-button${isPrimary ? " tidings-button--primary" : ""}`}
      disabled={connecting.isBusy}
      onClick={() => connecting.setAdding(true)}
    >
      {connecting.isOpening ? opening : addAccount}
    </button>
  );
}
