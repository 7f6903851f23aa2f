import { PROVIDER_NAMES, type ProviderName } from "@tidings/react";

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
          Connect with {PROVIDER_NAMES[provider]}
        </button>
      ))}
    </div>
  );
}
