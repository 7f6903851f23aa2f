"""Providers that are down or need a reconnect: which holdings stay, and which message the page shows."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.brokers import Brokers, Provider, named
from tests.e2e.browser.portfolio_page import PORTAL_BUTTON, PortfolioPage
from tests.e2e.browser.tabs import Tabs
from tests.e2e.user import User


def _down(brokers: Brokers, provider: Provider) -> None:
    brokers.order(provider, "faults", path="/", kind="status", status=503)


def test_page_shows_other_provider_during_outage(user: User, brokers: Brokers, tabs: Tabs) -> None:
    item, connection_id = user.link_and_refresh("plaid"), user.link_and_refresh("snaptrade")
    old = user.holdings("snaptrade")["portfolio_metadata"]["providers"]["snaptrade"]["as_of"]
    brokers.trade("plaid", item, ticker="RY", quantity="5")
    brokers.trade("snaptrade", connection_id, ticker="XIC.TO", quantity="5")
    user.end_cooldowns()
    shown = PortfolioPage(tabs.open(tabs.profile(user)))
    before = shown.as_of("First Platypus Bank")
    _down(brokers, "snaptrade")

    shown.refresh_now.click()

    expect(shown.freshness).to_contain_text("Questrade could not be updated")
    expect(shown.freshness).to_contain_text("1 of 2 connections up to date")
    expect(shown.quantity("RY")).to_have_text("30")
    expect(shown.quantity("XIC.TO")).to_have_text("60")
    expect(shown.toast("")).to_have_count(0)
    expect(shown.page.get_by_text("Partly out of date")).to_be_visible()
    shown.button("Details").click()
    expect(shown.details("First Platypus Bank")).to_contain_text("Up to date")
    expect(shown.details("Questrade")).to_contain_text("your broker does not respond properly")
    assert shown.as_of("Questrade") == old
    assert shown.as_of("First Platypus Bank") > before
    expect(shown.banner).to_be_visible()


def test_page_distinguishes_failed_refresh_from_cooldown(user: User, brokers: Brokers, tabs: Tabs) -> None:
    item = user.link_and_refresh("plaid")
    brokers.trade("plaid", item)
    user.end_cooldowns()
    shown = PortfolioPage(tabs.open(tabs.profile(user)))
    _down(brokers, "plaid")

    shown.refresh_now.click()

    expect(shown.note).to_contain_text("That did not work: your broker does not respond properly.")
    expect(shown.button("Refresh")).to_be_enabled()
    expect(shown.toast("")).to_have_count(0)
    expect(shown.quantity("AAPL")).to_have_text("12.5")
    expect(shown.banner).to_be_visible()


@pytest.mark.parametrize(("provider", "institution"), [("plaid", "First Platypus Bank"), ("snaptrade", "Questrade")])
def test_broken_connection_is_repaired_from_its_message(
    user: User, brokers: Brokers, tabs: Tabs, provider: Provider, institution: str
) -> None:
    source_id = user.link_and_refresh(provider)
    shown = PortfolioPage(tabs.open(tabs.profile(user)))
    notice = shown.page.get_by_role("region", name="Reconnect needed")
    shown.is_loaded()
    expect(notice).to_be_hidden()

    brokers.order(provider, "break", **named(provider, source_id))
    expect(notice).to_contain_text(institution)
    notice.get_by_role("button", name=f"Reconnect {institution}").click()
    shown.button(PORTAL_BUTTON).click()

    expect(shown.toast("is connected")).to_be_visible()
    expect(notice).to_be_hidden()
    expect(shown.connections).to_contain_text("Connected")
    assert user.connection(source_id)["status"] == "ok"
    user.end_cooldowns()
    shown.button(re.compile("^Refresh")).first.click()
    expect(shown.freshness).to_contain_text("1 of 1 connection up to date")
