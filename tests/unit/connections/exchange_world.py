"""Plaid, the lease of a public token and the link transaction around an exchange, without I/O."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.fakes.product_modules import replace_in_product
from tidings import clock
from tidings.aws import secrets
from tidings.connections import plaid_exchange
from tidings.model import Access, ItemKey
from tidings.providers.plaid import connections as plaid
from tidings.providers.plaid.connections import ExchangedToken
from tidings.store import credentials, item_links, sources, token_leases
from tidings.store.ended_users import IN_NO_SESSION, MayLink
from tidings.store.sources import SourceKey
from tidings.store.token_leases import ExchangeResult, Lease

NOW = 1_771_500_000_000
BEGAN_S = 100.0
APP = {"client_id": "c", "secret": "s"}
KEY = SourceKey("ann", "plaid", "item", ItemKey("plaid", "item"))
LEASE = Lease("public#key", "ann", "lease", NOW + 60_000)
REPEATED = LEASE._replace(is_repeated=True)


class World:
    """Each answer is a value or an error to raise. `leases`: the answers to each attempt; the last one repeats."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app: dict[str, str] = APP
        self.now_s = BEGAN_S
        self.leases: list[Lease | ExchangeResult | Exception] = [LEASE]
        self.exchanged: ExchangedToken | Exception = ExchangedToken("item", "access")
        self.link_error: Exception | None = None
        self.given_up: bool | Exception = True
        self.linked: bool | Exception = False
        self.end_error: Exception | None = None
        self.name: str | None = "Platypus"
        self.write_error: Exception | None = None
        self.asked: list[tuple[Any, ...]] = []
        self.links: list[Any] = []
        self.limits: list[float] = []
        self.ended: list[tuple[Any, ...]] = []
        self.writes: list[tuple[Any, ...]] = []
        monkeypatch.setattr(clock, "now_ms", lambda: NOW)
        replace_in_product(monkeypatch, time, monotonic=lambda: self.now_s, sleep=self._sleep)
        monkeypatch.setattr(secrets, "app_secret", lambda name: {"plaid": self.app}[name])
        monkeypatch.setattr(plaid_exchange, "call_with_timeout", self._call)
        monkeypatch.setattr(plaid, "exchange_public_token", self._exchange)
        monkeypatch.setattr(plaid, "remove_connection", self._end)
        monkeypatch.setattr(plaid, "fetch_institution_name", lambda app, token: self._ask("name", app, token))
        monkeypatch.setattr(credentials, "encrypt", lambda key, secret: (key, secret))
        monkeypatch.setattr(item_links, "link_item", self._link)
        monkeypatch.setattr(sources, "set_institution", self._write("institution"))
        monkeypatch.setattr(token_leases, "acquire_lease", self._acquire)
        monkeypatch.setattr(token_leases, "result_of_lease", lambda *given: given)
        monkeypatch.setattr(token_leases, "give_up", self._give_up)
        monkeypatch.setattr(token_leases, "is_linked", lambda _: self._answer(self.linked))
        monkeypatch.setattr(token_leases, "report_not_stored", lambda lease, how: self.writes.append((how, lease)))
        for name in ("release", "keep_attempt", "record_failure", "set_institution"):
            monkeypatch.setattr(token_leases, name, self._write(name))

    def exchange(
        self, institution: str | None = "Bank", deadline: float = BEGAN_S + 12, may_link: MayLink = IN_NO_SESSION
    ) -> ExchangeResult:
        return plaid_exchange.exchange_public_token("ann", "public", deadline, institution, may_link)

    def _sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def _call(self, seconds: float, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the call returns
        self.limits.append(seconds)
        return call()

    def _acquire(self, token: str, user_id: str, institution: str | None, now: int) -> Lease | ExchangeResult:
        assert len(self.asked) < 100, "the wait for the lease does not end"
        self.asked.append(("lease", token, user_id, institution, now))
        answer = self.leases.pop(0) if len(self.leases) > 1 else self.leases[0]
        result = self._answer(answer)
        assert isinstance(result, Lease | ExchangeResult)
        return result._replace(institution=institution) if isinstance(result, Lease) else result

    def _exchange(self, *given: object) -> ExchangedToken:
        self.asked.append(("exchange", *given))
        found = self._answer(self.exchanged)
        assert isinstance(found, ExchangedToken)
        return found

    def _ask(self, what: str, *given: object) -> str | None:
        self.asked.append((what, *given))
        return self.name

    def _link(self, key: SourceKey, credential: object, institution: str | None, **more: object) -> None:
        self.links.append(SimpleNamespace(key=key, credential=credential, institution=institution, **more))
        if self.link_error:
            raise self.link_error

    def _give_up(self, lease: Lease, failure: str, now: int, *, notice: bool = True) -> bool:
        assert now == NOW
        self.writes.append(("give_up", lease, failure, notice))
        return bool(self._answer(self.given_up))

    def _end(self, access: Access, source_id: str, deadline: float) -> None:
        self.ended.append((access, source_id, deadline))
        if self.end_error:
            raise self.end_error

    def _write(self, name: str) -> Callable[..., None]:
        def write(*given: object) -> None:
            self.writes.append((name, *given))
            if self.write_error:
                raise self.write_error

        return write

    @staticmethod
    def _answer(answer: object) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer
