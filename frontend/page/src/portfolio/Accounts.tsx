import {
  type AccountTotal,
  formatMoney,
  HoldingsTable,
  LastUpdated,
  type Portfolio,
  PROVIDER_NAMES,
} from "@tidings/react";
import { useId, useMemo, useState } from "react";
import { holdingsOf, isToTheCent } from "./accounts.ts";

/** Account by account: the institution's own total against what is listed, and the holdings behind it. */
export function Accounts({ portfolio }: { portfolio: Portfolio }) {
  if (portfolio.accounts.length === 0) return null;
  return (
    <section className="card" aria-labelledby="accounts">
      <h2 id="accounts">Accounts</h2>
      <ul className="accounts">
        {portfolio.accounts.map((account) => (
          <Account key={`${account.source_id}/${account.account_id}`} account={account} portfolio={portfolio} />
        ))}
      </ul>
    </section>
  );
}

const nameOf = (account: AccountTotal) =>
  `${account.name ?? account.type ?? "Account"}${account.mask ? ` ••${account.mask}` : ""}`;

function Account({ account, portfolio }: { account: AccountTotal; portfolio: Portfolio }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const { institution_total: total } = account;
  return (
    <li className={account.counted ? undefined : "accounts__uncounted"}>
      <button
        type="button"
        className="accounts__toggle"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        <span className="accounts__name">
          <strong>{nameOf(account)}</strong> {!account.counted && <span className="tag">Counted once</span>}
          <span className="tidings-muted">
            {[account.institution, PROVIDER_NAMES[account.provider]].filter(Boolean).join(" · ")}
          </span>
        </span>
        <span className="tidings-number">{total === null ? "—" : formatMoney(total, account.currency ?? "XXX")}</span>
      </button>
      <div id={id} hidden={!isOpen}>
        {isOpen && <Detail account={account} portfolio={portfolio} />}
      </div>
    </li>
  );
}

function Detail({ account, portfolio }: { account: AccountTotal; portfolio: Portfolio }) {
  const held = useMemo(() => holdingsOf(account, portfolio.holdings), [account, portfolio.holdings]);
  return (
    <div className="accounts__detail">
      <Figures account={account} />
      {account.counted ? (
        <HoldingsTable
          holdings={held}
          label={`Holdings of ${nameOf(account)}`}
          searchable={held.length > 20}
          empty="No holdings are listed for this account."
        />
      ) : (
        <p>The same account is linked a second time. Its holdings are counted once, from the newer data.</p>
      )}
    </div>
  );
}

function Figures({ account }: { account: AccountTotal }) {
  const { institution_total: total, residual } = account;
  const currency = account.currency ?? "XXX";
  const listed = total === null || residual === null ? null : total - residual;
  return (
    <dl className="figures">
      <div>
        <dt>Institution total</dt>
        <dd>{formatMoney(total, currency)}</dd>
      </div>
      <div>
        <dt>Holdings listed in {currency}</dt>
        <dd>{formatMoney(listed, currency)}</dd>
      </div>
      <div>
        <dt>Residual</dt>
        <dd>{residual === null ? "Unknown" : isToTheCent(residual) ? "None" : formatMoney(residual, currency)}</dd>
      </div>
      <div>
        <dt>Age</dt>
        <dd>
          <LastUpdated at={account.as_of} label="As of" />
        </dd>
      </div>
      {residual !== null && !isToTheCent(residual) && (
        <p className="tidings-muted">
          The residual is money that the institution counts but does not list as holdings, or prices differently.
        </p>
      )}
    </dl>
  );
}
