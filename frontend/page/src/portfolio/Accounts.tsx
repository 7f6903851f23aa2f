import {
  type AccountTotal,
  Amount,
  formatMoney,
  HoldingsTable,
  LastUpdated,
  type Portfolio,
  splitAmount,
  tailWidth,
} from "@tidings/react";
import { type CSSProperties, useId, useMemo, useState } from "react";
import { locale, say, texts } from "../locales/texts.ts";
import { isBelowOneCent, listAccountTotals, selectAccountHoldings } from "./accountHoldings.ts";
import type { CurrencyTotal } from "./currencyTotals.ts";
import { accountTags, residualLabel } from "./labels.ts";

const { accounts: labels } = texts;

/** List the accounts: the institution's total, the residual to the listed holdings, and the holdings. */
export function Accounts({ portfolio }: { portfolio: Portfolio }) {
  const { accounts, holdings } = portfolio;
  const totals = useMemo(() => accounts.map((account) => listAccountTotals(account, holdings)), [accounts, holdings]);
  if (accounts.length === 0) return null;
  const tails = totals.flat().map(({ currency }) => splitAmount(formatMoney(0, currency, locale), locale)[1].length);
  return (
    <section className="card" aria-labelledby="accounts">
      <h2 id="accounts">{labels.title}</h2>
      <ul className="accounts" style={{ "--tidings-tail": tailWidth(Math.max(0, ...tails)) } as CSSProperties}>
        {portfolio.accounts.map((account, index) => (
          <Account
            key={`${account.source_id}/${account.account_id}`}
            account={account}
            totals={totals[index] ?? []}
            portfolio={portfolio}
          />
        ))}
      </ul>
    </section>
  );
}

const accountLabel = (account: AccountTotal) =>
  `${account.name ?? account.type ?? labels.account}${account.mask ? ` ••${account.mask}` : ""}`;

interface AccountProps {
  account: AccountTotal;
  totals: CurrencyTotal[];
  portfolio: Portfolio;
}

function Account({ account, totals, portfolio }: AccountProps) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
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
          <span className="tidings-muted">{account.institution ?? texts.connections.yourBroker}</span>
        </span>
        <span className="accounts__totals tidings-number">
          {totals.length === 0
            ? "—"
            : totals.map(({ currency, amount }) => (
                <span key={currency}>
                  <Amount text={formatMoney(amount, currency, locale)} locale={locale} />
                </span>
              ))}
        </span>
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
          convertedTotal={portfolio.converted_total}
          label={say(labels.holdingsOf, { name: accountLabel(account) })}
          searchable={holdings.length > 20}
          empty={labels.empty}
        />
      ) : (
        <p>{account.is_paper ? labels.paperText : labels.repeated}</p>
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
        <dt>{labels.institutionTotal}</dt>
        <dd>{formatMoney(total, currency, locale)}</dd>
      </div>
      <div>
        <dt>{say(labels.listed, { currency })}</dt>
        <dd>{formatMoney(listed, currency, locale)}</dd>
      </div>
      <div>
        <dt>{labels.residual}</dt>
        <dd>
          {residual === null
            ? labels.unknown
            : isBelowOneCent(residual)
              ? labels.none
              : formatMoney(residual, currency, locale)}
        </dd>
      </div>
      {account.unvested_value !== null && (
        <div>
          <dt>{labels.unvested}</dt>
          <dd>{formatMoney(account.unvested_value, currency, locale)}</dd>
        </div>
      )}
      <div>
        <dt>{labels.age}</dt>
        <dd>
          <LastUpdated at={account.as_of} label={labels.asOf} />
        </dd>
      </div>
      {residual !== null && !isBelowOneCent(residual) && <p className="tidings-muted">{residualLabel(account)}</p>}
    </dl>
  );
}
