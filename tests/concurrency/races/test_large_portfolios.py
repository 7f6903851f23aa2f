"""Ten thousand positions, read repeatedly while refreshes replace them: every read is whole."""

from concurrent.futures import Future, ThreadPoolExecutor

from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.process_pool import ProcessPool, refresh_invocation
from tests.support.drivers.user_driver import UserDriver

COUNTS = (10_000, 9_000, 10_000)
GZIP = {"accept-encoding": "gzip"}


def test_reader_never_sees_torn_portfolio(user_driver: UserDriver, process_pool: ProcessPool) -> None:
    linked = user_driver.link("plaid")
    whole: set[frozenset[tuple[str, str]]] = set()
    reads = 0
    with ThreadPoolExecutor(1) as pool:
        for step, count in enumerate(COUNTS):
            user_driver.app.control(linked, "positions", count=count)
            under_way = pool.submit(refresh_in_worker, process_pool, user_driver.cookie, 61 * step)
            while not under_way.done():
                reads += 1
                seen = parse_positions(user_driver.app.request("GET /plaid/holdings", user_driver.cookie, headers=GZIP))
                assert not seen or seen in whole or is_refresh_result(under_way, seen)
            whole.add(under_way.result())
            assert len(under_way.result()) == count
    assert reads > len(COUNTS)
    assert user_driver.parts() == user_driver.referenced_parts()


def is_refresh_result(under_way: "Future[frozenset[tuple[str, str]]]", seen: frozenset[tuple[str, str]]) -> bool:
    """Return whether `seen` is the refresh's result, which may be stored before its response."""
    return seen == under_way.result()


def refresh_in_worker(process_pool: ProcessPool, cookie: str, later_s: int) -> frozenset[tuple[str, str]]:
    invocation = refresh_invocation(cookie, "plaid", later_s=later_s)
    invocation.event["headers"].update(GZIP)
    return parse_positions(process_pool.start_process(invocation).response())


def parse_positions(answered: ApiResponse) -> frozenset[tuple[str, str]]:
    assert answered.status == 200, answered.text
    rows = answered.json["holdings"]["portfolio_data"]["holdings"]
    return frozenset((str(row["ticker"] or row["name"]), str(row["quantity"])) for row in rows if not row["is_cash"])
