// The local cloud's page: plain, without a build, to be replaced by the real front end.

const POLL_MS = 5000;
const $ = (id) => document.getElementById(id);
let simulators = [];
let polling = null;

class Failure extends Error {}

async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body ? { "content-type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  const type = response.headers.get("content-type") ?? "";
  const answer = type.includes("json") ? await response.json() : null;
  if (response.ok) return answer;
  if (response.status === 401) signedOut();
  if (response.status === 429) throw new Failure(`Please wait ${answer?.retry_after ?? response.headers.get("retry-after")} s`);
  throw new Failure(answer?.detail ?? answer?.title ?? answer?.message ?? `${method} ${path}: ${response.status}`);
}

const say = (text) => { $("message").textContent = text; };

// Buttons are off while their action runs; what goes wrong is said.
function act(button, action) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    say("");
    try {
      await action();
    } catch (error) {
      say(error instanceof Failure ? error.message : `Unexpected: ${error.message}`);
    } finally {
      button.disabled = false;
    }
  });
  return button;
}

function element(tag, text, ...children) {
  const made = document.createElement(tag);
  if (text !== null) made.textContent = text;
  made.append(...children);
  return made;
}

const money = (value, currency, digits = 2) =>
  value === null || value === undefined ? ""
    : `${Number(value).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: digits })} ${currency ?? ""}`;
const words = (name) => name.replaceAll("_", " ");
const moment = (iso) => (iso ? new Date(iso).toLocaleString() : "never");

function showHoldings({ portfolio_data: data, portfolio_metadata: metadata }) {
  const totals = Object.entries(data.totals_by_currency).map(([currency, total]) => money(total, currency));
  $("totals").textContent = totals.length ? `Total: ${totals.join(" + ")}` : "Nothing here yet: connect a broker, then refresh.";
  $("providers").replaceChildren(
    ...Object.entries(metadata.providers).map(([name, state]) =>
      element("li", `${name}: ${words(state.status)}${state.as_of ? `, as of ${moment(state.as_of)}` : ""}${state.error ? ` (${state.error})` : ""}`
        + (state.retry_after ? `, please wait ${state.retry_after} s` : ""))),
  );
  $("holdings").replaceChildren(
    ...data.holdings.map((row) =>
      element("tr", null, ...[
        row.ticker ?? "", row.name ?? "", String(row.quantity ?? ""), money(row.price, row.currency, 6),
        money(row.value, row.currency), [...new Set(row.sources.map((source) => source.provider))].join(", "),
      ].map((text) => element("td", text)))),
  );
  $("banner").hidden = !metadata.has_pending_updates;
}

function connectionRow(connection) {
  const { provider, source_id: id, institution, status, pending, last_fetched_at: fetched } = connection;
  const row = element("li", `${institution ?? provider} (${provider}): ${words(status)}${pending ? ", has news" : ""}, fetched ${moment(fetched)}`);
  if (simulators.includes(provider)) {
    const target = provider === "plaid" ? { item_id: id } : { connection_id: id };
    row.append(act(element("button", "Make my broker trade"), async () => {
      await call("POST", `/_local/simulators/${provider}/trade`, { ...target, ticker: "AAPL", quantity: "1" });
      await poll();
    }));
  }
  if (status !== "ok") row.append(act(element("button", "Reconnect"), () => connect(provider, { reconnect: id })));
  return row;
}

async function showConnections() {
  const { connections } = await call("GET", "/connections");
  $("connections").replaceChildren(...connections.map(connectionRow));
}

async function connect(provider, options = {}) {
  const path = provider === "plaid" ? "/plaid/create-connection-url" : "/api/snaptrade/create-connection-url";
  const answer = await call("POST", path, { ...options, redirect_uri: `${location.origin}/?back_from=${provider}` });
  if (answer.link_token) sessionStorage.setItem("link_token", answer.link_token);
  location.assign(answer.connection_url);
}

async function comeBack() {
  const provider = new URLSearchParams(location.search).get("back_from");
  if (!provider) return;
  history.replaceState(null, "", "/");
  const linkToken = sessionStorage.getItem("link_token");
  sessionStorage.removeItem("link_token");
  if (provider === "plaid" && linkToken) {
    await call("POST", "/plaid/complete-connection", { link_token: linkToken });
  }
  say("Connected. Its first holdings come with a refresh.");
}

async function refresh() {
  const answer = await call("POST", "/holdings/refresh", {});
  showHoldings(answer.holdings);
  await showConnections();
}

async function poll() {
  const state = await call("GET", "/pending-updates");
  const changed = $("banner").hidden === state.has_pending_updates;
  $("banner").hidden = !state.has_pending_updates;
  if (changed) await showConnections();
}

function signedOut() {
  document.querySelector("main").hidden = true;
  clearInterval(polling);
  polling = null;
}

async function signedIn() {
  document.querySelector("main").hidden = false;
  showHoldings((await call("GET", "/holdings")).holdings);
  await showConnections();
  polling ??= setInterval(() => poll().catch((error) => say(error.message)), POLL_MS);
}

// The form shows who is signed in, also after coming back from a provider's page.
function rememberUser(form) {
  sessionStorage.setItem("user", JSON.stringify(Object.fromEntries(new FormData(form))));
}

function showUser(form) {
  const fields = JSON.parse(sessionStorage.getItem("user") ?? "{}");
  for (const [name, value] of Object.entries(fields)) form.elements[name].value = value;
}

async function start() {
  showUser($("login"));
  const health = await fetch("/_local/health").then((response) => response.json());
  simulators = ["plaid", "snaptrade"].filter((name) => `${name} simulator` in health.parts);
  if (!(await fetch("/connections")).ok) return;
  try {
    await comeBack();
  } finally {
    await signedIn();
  }
}

$("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  say("");
  try {
    await call("POST", "/_local/login", Object.fromEntries(new FormData(event.target)));
    rememberUser(event.target);
    await signedIn();
  } catch (error) {
    say(error.message);
  }
});
act($("logout"), async () => { await call("POST", "/_local/logout"); signedOut(); });
act($("connect-plaid"), () => connect("plaid"));
act($("connect-snaptrade"), () => connect("snaptrade"));
act($("refresh"), refresh);
act($("refresh-banner"), refresh);
start().catch((error) => say(error.message));
