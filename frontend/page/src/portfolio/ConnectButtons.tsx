import { PROVIDER_NAMES, type ProviderName } from "@tidings/react";
import { say, texts } from "../locales/texts.ts";

interface ConnectButtonsProps {
  onConnect: (provider: ProviderName) => void;
  isBusy: boolean;
  isPrimary?: boolean;
}

export function ConnectButtons({ onConnect, isBusy, isPrimary = false }: ConnectButtonsProps) {
  return (
    <div className="tidings-actions">
      {(["plaid", "snaptrade"] as const).map((provider) => (
        <button
          key={provider}
          type="button"
          className={`tidings-button${isPrimary ? " tidings-button--primary" : ""}`}
          disabled={isBusy}
          onClick={() => onConnect(provider)}
        >
          {say(texts.welcome.connect, { name: PROVIDER_NAMES[provider] })}
        </button>
      ))}
    </div>
  );
}
