/**
 * English, the default, in parts, because a host downloads only those of the components that it uses. Another language
 * has one object like `en`. `{name}` is a placeholder; a message with plurals has one form for each category of
 * `Intl.PluralRules`, chosen by `{count}`.
 */
export const refreshMessages = {
  upToDate: "Your holdings are up to date.",
  notConnected: "No broker is connected yet.",
  nothingToDo: "There was nothing to refresh.",
  wait: "Please wait {count} s before you refresh again.",
  failed: "Refresh failed: {reason}.",
  nothingRefreshed: "Refresh failed.",
  reconnect: "Please connect {name} again.",
  yourBroker: "your broker",
  providerUpToDate: "{name} is up to date.",
  providerPartly: "{name} is only partly up to date: {reason}.",
  providerWaits: "{name} can be refreshed again in {count} s.",
  providerReconnect: "{name} has to be connected again.",
  providerFailed: "{name} could not be refreshed: {reason}.",
  /** Follows either of the two above. */
  aged: "Its data is from {date}.",
  /** Why a 429 of a gateway asks to wait. The other causes are among the reasons. */
  tooMany: "too many requests at once",
  /** By the API's problem slugs. */
  reasons: {
    "answer-too-large": "it is too large",
    blocked: "the server does not allow this site to read from it",
    conflict: "it is being changed right now",
    "cooling-down": "it was refreshed a moment ago",
    "email-not-verified": "your e-mail address is not verified",
    gone: "access has ended",
    network: "the server can't be reached",
    "not-asked": "no refresh was requested",
    "not-configured": "it is not available here",
    "not-offered": "it has no investments",
    offline: "you are offline",
    "provider-busy": "too many people are refreshing at once",
    "provider-limit": "the broker’s rate limit is reached",
    "provider-misconfigured": "it is not available here",
    "provider-not-ready": "your broker is preparing your data",
    "provider-outage": "your broker does not respond properly",
    "provider-timeout": "your broker took too long",
    "reconnect-required": "please sign in there again",
    "too-many-requests": "too many changes at once",
    unauthenticated: "please sign in again",
    "unusable-answer": "the data is incomplete",
    other: "something went wrong on our side",
  },
};

export const ageMessages = { now: "less than a minute ago", never: "{label}: not yet", lastUpdated: "Last updated" };

export const bannerMessages = {
  badge: "New",
  text: "Updated data available from your broker",
  refresh: "Refresh Now",
  refreshing: "Refreshing...",
};

/** What a component shows in place of its content, by its `state`. */
export const stateMessages = {
  loading: "Loading your portfolio…",
  signed_out: "You are signed out. Please sign in again.",
  offline: "You are offline. Your portfolio loads once you are back.",
  unreachable: "The server can't be reached. Try again in a moment.",
  blocked: "The server does not allow this site to read from it.",
  failed: "Your portfolio can’t be loaded right now.",
  empty: "There are no holdings in your accounts.",
  retry: "Try again",
  retrying: "Trying...",
};

export const tableMessages = {
  label: "Holdings",
  scrollable: "{label}, scrollable",
  search: "Search holdings",
  searchHint: "Name, ticker or account",
  sortBy: "Sort by",
  noMatch: "Nothing matches “{query}”.",
  count: { one: "{count} holding", other: "{count} holdings" },
  countOf: { one: "{shown} of {count} holding", other: "{shown} of {count} holdings" },
  columns: { name: "Holding", quantity: "Quantity", price: "Price", value: "Value", gain: "Gain" },
  byAccount: "{title} by account",
  account: "Account",
  asOf: "as of",
  unknown: "unknown",
  shares: "shares",
  units: "units",
  contracts: { one: "contract", other: "contracts" },
  unvested: "{quantity} more not vested yet",
  prices: "Prices as of {date}, unless a row shows another date.",
  valuation: "Your broker’s figures allow more than one reading. The opened row says which one is shown.",
};

export const securityMessages = {
  cash: "{currency} cash",
  cashDetail: "Cash",
  accounts: { one: "{count} account", other: "{count} accounts" },
  unnamed: "Unnamed security",
  expires: "Option · expires {date}",
  until: "until {date}",
  option: { call: "Call", put: "Put" },
  /** A type that is not here is named by the API's own word, as `{name}`. */
  types: { closed_end_fund: "Closed-end fund", etf: "ETF", unknown: "{name}" } as {
    unknown: string;
    [type: string]: string;
  },
  /** How a row was read, and what decided it (a valuation's `reading` and `by`). Without a text, the API's own. */
  readings: {} as { [code: string]: string },
};

export const connectionMessages = {
  none: "No broker is connected yet.",
  yourBroker: "Your broker",
  signInAgain: "{name} needs you to sign in again.",
  untilThen: "Until then you see its last data.",
  reconnect: "Reconnect",
  connectAgain: "Connect again",
  disconnect: "Disconnect",
  remove: "Remove",
  cancel: "Cancel",
  action: "{action} {name}",
  confirm: "{action} {name}?",
  consequence:
    "Its holdings leave your portfolio, and you get no more updates from it. Past totals stay, without account or ticker.",
  reversible: "You can connect it again.",
  disconnectAll: "Disconnect everything",
  consequenceAll: "All holdings leave your portfolio, and your whole history is deleted for good.",
  newData: "New data",
  notLoaded: "Not loaded yet",
  fetched: "Updated",
  statuses: {
    ok: "Connected",
    expiring: "Expires soon",
    reconnect_required: "Reconnect needed",
    revoked: "Access has ended",
  },
  reasonOn: "{reason}: {date}.",
  reasons: {
    item_login_required: "The sign-in has expired or changed.",
    connection_disabled: "Your broker closed the connection.",
    credential_lost: "Access was lost.",
    user_permission_revoked: "You withdrew the permission.",
    user_account_revoked: "You withdrew the permission for an account.",
    pending_expiration: "The permission ends soon.",
    pending_disconnect: "The connection ends soon.",
    new_accounts_available: "There are new accounts to add.",
    invalid_credentials: "The sign-in was refused.",
    gone: "The connection no longer exists.",
    not_stored: "The connection was not saved.",
    institution_no_longer_supported: "The institution can no longer be connected.",
    item_not_supported: "The institution can no longer be connected.",
    other: "The connection has a problem.",
  },
};

/** What `PortfolioView` says itself. */
export const portfolioMessages = {
  title: "Portfolio",
  connections: "Connections",
  connect: { snaptrade: "Add a broker", plaid: "Add another bank or broker" },
  refresh: "Refresh",
  wait: "Please wait {count} s",
  stale: "The newest figures can’t be loaded right now.",
  notFetched: "Your holdings come with the first refresh.",
  failed: "That did not work: {reason}.",
  replace: "Connect {name} again?",
  replaces: "This disconnects {names}, which you can connect again.",
};

export const en = {
  /** A BCP 47 language: it selects the catalogue and the plural rules. */
  language: "en",
  refresh: refreshMessages,
  age: ageMessages,
  banner: bannerMessages,
  states: stateMessages,
  table: tableMessages,
  security: securityMessages,
  connections: connectionMessages,
  portfolio: portfolioMessages,
};
