import { type Institution, PROVIDER_NAMES, type ProviderName } from "@tidings/react";
import { useState } from "react";
import { locale, say, texts } from "../locales/texts.ts";
import { findBrokers, pickColor, pickInitials } from "./brokers.ts";
import { useInstitutions } from "./useInstitutions.ts";
import { useModal } from "./useModal.ts";

const { adding: labels } = texts;

interface AddAccountDialogProps {
  onChoose: (provider: ProviderName, request?: { broker: string }) => void;
  onClose: () => void;
}

/** Choose a broker, or a provider's own search. The browser's modal dialog traps the focus and closes on Escape. */
export function AddAccountDialog({ onChoose, onClose }: AddAccountDialogProps) {
  const dialog = useModal();
  const { isLoading, brokers, providers } = useInstitutions();
  const [query, setQuery] = useState("");
  const found = findBrokers(brokers, query);
  return (
    <dialog
      ref={dialog}
      className="tidings-dialog adding"
      aria-labelledby="adding"
      onClose={onClose}
      onCancel={onClose}
    >
      <header className="adding__head">
        <h2 id="adding">{labels.addAccount}</h2>
        <button
          type="button"
          className="tidings-button tidings-button--quiet adding__close"
          aria-label={labels.close}
          onClick={onClose}
        >
          <span aria-hidden="true">✕</span>
        </button>
      </header>
      {brokers.length > 0 && (
        <input
          type="search"
          className="tidings-input adding__search"
          aria-label={labels.search}
          placeholder={labels.search}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
      )}
      {isLoading && <p className="tidings-muted">{labels.loading}</p>}
      <p className="visually-hidden" role="status">
        {query && say(labels.found, { count: found.length })}
      </p>
      {query && found.length === 0 && <p className="tidings-muted">{say(labels.noMatch, { query })}</p>}
      {found.length > 0 && (
        <ul className="adding__brokers" aria-label={labels.brokers}>
          {found.map((broker) => (
            <li key={broker.broker}>
              <BrokerButton {...broker} onChoose={onChoose} />
            </li>
          ))}
        </ul>
      )}
      {!isLoading && (
        <div className="adding__others">
          {brokers.length === 0 && providers.includes("snaptrade") && (
            <OtherButton title={labels.anyBroker} text={labels.anyBrokerText} onClick={() => onChoose("snaptrade")} />
          )}
          {providers.includes("plaid") && (
            <OtherButton title={labels.other} text={labels.otherText} onClick={() => onChoose("plaid")} />
          )}
          {providers.length === 0 && <p>{labels.nothing}</p>}
        </div>
      )}
      <Trust providers={providers} />
    </dialog>
  );
}

function BrokerButton({ provider, broker, name, onChoose }: Institution & Pick<AddAccountDialogProps, "onChoose">) {
  return (
    <button type="button" className="adding__choice" onClick={() => onChoose(provider, { broker })}>
      <span className={`adding__initials adding__initials--${pickColor(broker)}`} aria-hidden="true">
        {pickInitials(name)}
      </span>
      {name}
    </button>
  );
}

function OtherButton({ title, text, onClick }: { title: string; text: string; onClick: () => void }) {
  return (
    <button type="button" className="adding__choice adding__choice--other" onClick={onClick}>
      <span className="adding__initials" aria-hidden="true">
        +
      </span>
      <span>
        {title}
        <small className="tidings-muted">{text}</small>
      </span>
    </button>
  );
}

/** What is shared, and the one line that the providers require. */
function Trust({ providers }: { providers: readonly ProviderName[] }) {
  const names = new Intl.ListFormat(locale).format(providers.map((provider) => PROVIDER_NAMES[provider]));
  return (
    <footer className="adding__trust">
      <ul>
        <li>{labels.readOnly}</li>
        <li>{labels.credentials}</li>
        <li>{labels.disconnect}</li>
      </ul>
      {names && <p className="tidings-muted">{say(labels.providedBy, { names })}</p>}
    </footer>
  );
}
