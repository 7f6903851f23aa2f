import {
  type AccountTotal,
  formatMoney,
  HoldingsTable,
  LastUpdated,
  type Portfolio,
  PROVIDER_NAMES,
} from "@tidings/react";
import { useId, useMemo, useState } from "react";
import { isBelowOneCent, selectAccountHoldings } from "./accountHoldings.ts";
import { accountTags, residualLabel } from "./labels.ts";

/** List the accounts: the institution's total, the residual to the listed holdings, and the holdings. */
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

const accountLabel = (account: AccountTotal) =>
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
          <strong>{accountLabel(account)}</strong>{" "}
          {accountTags(account).map((tag) => (
            <span key={tag} className="tag">
              {tag}
            </span>
          ))}
          <span className="tidings-muted">
            {[account.institution, PROVIDER_NAMES[account.provider]].filter(Boolean).join(" · ")}
          </span>
        </span>
        <span className="tidings-number">{total === null ? "—" : formatMoney(total, account.currency ?? "XXX")}</span>
      </button>
      <div id={id} hidden={!isOpen}>
        {isOpen && <AccountDetail account={account} portfolio={portfolio} />}
      </div>
    </li>
  );
}

function AccountDetail({ account, portfolio }: { account: AccountTotal; portfolio: Portfolio }) {
  const holdings = useMemo(() => selectAccountHoldings(account, portfolio.holdings), [account, portfolio.holdings]);
  return (
    <div className="accounts__detail">
      <Figures account={account} />
      {account.counted ? (
        <HoldingsTable
          holdings={holdings}
          label={`Holdings of ${accountLabel(account)}`}
          searchable={holdings.length > 20}
          empty="No holdings are listed for this account."
        />
      ) : (
        <p>
          {account.is_paper
            ? "This account trades with play money, so it is in none of your totals."
            : "The same account is linked a second time. Its holdings are counted once, from the newer data."}
        </p>
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
        <dd>{residual === null ? "Unknown" : isBelowOneCent(residual) ? "None" : formatMoney(residual, currency)}</dd>
      </div>
      {account.unvested_value !== null && (
        <div>
          <dt>Not vested yet, not counted</dt>
          <dd>{formatMoney(account.unvested_value, currency)}</dd>
        </div>
      )}
      <div>
        <dt>Age</dt>
        <dd>
          <LastUpdated at={account.as_of} label="As of" />
        </dd>
      </div>
      {residual !== null && !isBelowOneCent(residual) && <p className="tidings-muted">{residualLabel(account)}</p>}
    </dl>
  );
}
