import type { ProviderName } from "@tidings/react";
import { useState } from "react";
import { texts } from "../locales/texts.ts";
import { AddAccountDialog } from "./AddAccountDialog.tsx";

interface AddAccountProps {
  onConnect: (provider: ProviderName, request?: { broker: string }) => void;
  isBusy: boolean;
  isOpening: boolean;
  isPrimary?: boolean;
}

/** The one way to add an account: a button that opens the list of brokers. */
export function AddAccount({ onConnect, isBusy, isOpening, isPrimary = false }: AddAccountProps) {
  const [isOpen, setOpen] = useState(false);
  const { addAccount, opening } = texts.adding;
  return (
    <>
      <button
        type="button"
        className={`tidings-button${isPrimary ? " tidings-button--primary" : ""}`}
        disabled={isBusy}
        onClick={() => setOpen(true)}
      >
        {isOpening ? opening : addAccount}
      </button>
      {isOpen && (
        <AddAccountDialog
          onClose={() => setOpen(false)}
          onChoose={(provider, request) => {
            setOpen(false);
            onConnect(provider, request);
          }}
        />
      )}
    </>
  );
}
