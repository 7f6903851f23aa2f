"""The local API of live updates speaks AppSync Events' wire protocol, and a table's stream reaches its function."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from websockets.sync.client import ClientConnection, connect

from local import aws
from local.cloud import LocalCloud, Options, local_cloud
from local.errors import LocalCloudError
from local.provision import table_name
from local.second_tab import second_tab
from local.settings import Settings
from tests.support.drivers.loopback import loopback_client
from tests.support.drivers.waiting import wait_until

STACK = Path(__file__).parent / "live" / "template.yaml"
MINE = "/updates/mine"


class Live:
    """The API of the running cloud: its host, and the functions' logs."""

    def __init__(self, cloud: LocalCloud, record: Path) -> None:
        self.cloud = cloud
        self.record = record
        self.host = cloud.front.removeprefix("http://")

    def authorization(self, token: str, **changed: str) -> dict[str, str]:
        return {"host": self.host, "Authorization": token, **changed}

    def ticket(self, token: str) -> dict[str, str]:
        url = f"ws://{self.host}/_local/live/event/realtime"
        return {"ticket": token, "channel": MINE, "websocket_url": url, "http_host": self.host}

    def connect(self, authorization: object) -> ClientConnection:
        header = base64.urlsafe_b64encode(json.dumps(authorization).encode()).decode().rstrip("=")
        return connect(
            f"ws://{self.host}/_local/live/event/realtime",
            subprotocols=["aws-appsync-event-ws", f"header-{header}"],  # type: ignore[list-item]
            proxy=None,
        )

    def publish(self, channel: str, *, signed_with: str | None = "local") -> httpx.Response:
        url = f"{self.cloud.front}/_local/live/event"
        body = json.dumps({"channel": channel, "events": ["{}"]}).encode()
        request = AWSRequest("POST", url, {"content-type": "application/json"}, body)
        if signed_with:
            SigV4Auth(Credentials("ReadFunction", signed_with), "appsync", "us-east-1").add_auth(request)
        with loopback_client() as client:
            return client.post(url, content=body, headers=dict(request.headers.items()))

    def logged(self, function: str, key: str) -> list[Any]:
        lines = self.cloud.log(function).splitlines()
        return [json.loads(line)[key] for line in lines if line.startswith(f'{{"{key}"')]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    record = tmp_path_factory.mktemp("record") / "calls.jsonl"
    settings = Settings(port=0, state=tmp_path_factory.mktemp("state"), record=record)
    with local_cloud(settings, Options(template=STACK, simulators=False, concurrency=1)) as cloud:
        yield Live(cloud, record)


def exchange(socket: ClientConnection, **message: object) -> dict[str, Any]:
    socket.send(json.dumps(message))
    answered: dict[str, Any] = json.loads(socket.recv(timeout=30))
    return answered


def subscribe(live: Live, socket: ClientConnection, channel: object, presented: str = "ticket-good") -> str:
    authorization = live.authorization(presented)
    answered = exchange(socket, type="subscribe", id="1", channel=channel, authorization=authorization)
    assert answered["id"] == "1"
    return str(answered["type"])


def test_listener_gets_what_a_signed_request_publishes(live: Live) -> None:
    with live.connect(live.authorization("ticket-good")) as socket:
        assert socket.subprotocol == "aws-appsync-event-ws"
        assert exchange(socket, type="connection_init") == {"type": "connection_ack", "connectionTimeoutMs": 300_000}
        assert subscribe(live, socket, MINE) == "subscribe_success"
        answered = live.publish(MINE)
        assert (answered.status_code, len(answered.json()["successful"]), answered.json()["failed"]) == (200, 1, [])
        assert json.loads(socket.recv(timeout=30)) == {"type": "data", "id": "1", "event": "{}"}
        live.publish("/updates/other")
        assert exchange(socket, type="unsubscribe", id="1") == {"type": "unsubscribe_success", "id": "1"}
        live.publish(MINE)
        assert exchange(socket, type="connection_init")["type"] == "connection_ack", "no event in between"


_OF_A_CHANNEL = ("channelNamespaceName", "channel")


def test_authorizer_is_asked_about_each_operation_as_appsync_asks(live: Live) -> None:
    before = len(live.logged("AuthorizerFunction", "asked"))
    with live.connect(live.authorization("ticket-good")) as socket:
        for _ in range(2):
            subscribe(live, socket, MINE)
    asked = live.logged("AuthorizerFunction", "asked")[before:]
    operations = ["EVENT_CONNECT", "EVENT_SUBSCRIBE", "EVENT_SUBSCRIBE"]
    assert [one["requestContext"]["operation"] for one in asked] == operations, "nothing is cached"
    assert {one["authorizationToken"] for one in asked} == {"ticket-good"}
    named = [{name: one["requestContext"].get(name, "left out") for name in _OF_A_CHANNEL} for one in asked]
    of_mine = dict(zip(_OF_A_CHANNEL, ("updates", MINE), strict=True))
    assert named == [dict.fromkeys(_OF_A_CHANNEL, "left out"), of_mine, of_mine]


@pytest.mark.parametrize(
    "changed",
    [
        {"Authorization": "ticket-bad"},
        {"Authorization": "ticket-crash"},
        {"Authorization": "no ticket"},
        {"Authorization": ""},
        {"host": "other.example.com"},
    ],
)
def test_connection_that_the_authorizer_does_not_allow_is_refused(live: Live, changed: dict[str, str]) -> None:
    with live.connect(live.authorization("ticket-good", **changed)) as socket:
        refused = json.loads(socket.recv(timeout=30))
    assert refused["type"] == "connection_error"
    assert refused["errors"][0]["errorType"] == "UnauthorizedException"


@pytest.mark.parametrize("channel", ["/updates/other", "/updates/*", "*", None, 1])
def test_other_channel_is_refused_and_the_connection_lives_on(live: Live, channel: object) -> None:
    with live.connect(live.authorization("ticket-good")) as socket:
        assert subscribe(live, socket, channel) == "subscribe_error"
        assert subscribe(live, socket, MINE, presented="ticket-crash") == "subscribe_error"
        assert subscribe(live, socket, MINE) == "subscribe_success"


def test_second_tab_of_the_demo_receives_a_nudge(live: Live) -> None:
    with second_tab(live.ticket("ticket-good")) as tab:
        live.publish(MINE)
        assert tab.next_nudge() == "{}"


def test_second_tab_with_a_refused_ticket_says_so(live: Live) -> None:
    with pytest.raises(LocalCloudError, match="live updates"), second_tab(live.ticket("ticket-bad")):
        pytest.fail("it was not refused")


def test_listener_cannot_publish(live: Live) -> None:
    with live.connect(live.authorization("ticket-good")) as socket:
        subscribe(live, socket, MINE)
        published = exchange(socket, type="publish", id="2", channel=MINE, events=["{}"])
        assert published["type"] == "publish_error"
        assert exchange(socket, type="unheard-of")["type"] == "error"


@pytest.mark.parametrize("signed_with", ["forged", None])
def test_request_without_a_valid_signature_publishes_nothing(live: Live, signed_with: str | None) -> None:
    assert live.publish(MINE, signed_with=signed_with).status_code == 401


@pytest.mark.parametrize(("channel", "status"), [("/other/mine", 401), ("/updates/*", 400), ("", 400)])
def test_only_channels_of_the_namespace_are_published_to(live: Live, channel: str, status: int) -> None:
    assert live.publish(channel).status_code == status


def test_publication_is_recorded_with_its_function(live: Live) -> None:
    live.publish(MINE)
    lines = [json.loads(line) for line in live.record.read_text("utf-8").splitlines()]
    published = [line for line in lines if line["service"] == "appsync"]
    assert {(line["function"], line["action"], line["namespace"]) for line in published} == {
        ("ReadFunction", "EventPublish", "LiveNamespace")
    }


def _records(live: Live) -> list[dict[str, Any]]:
    return [record for batch in live.logged("ReadFunction", "records") for record in batch]


def _keys(live: Live) -> list[str]:
    """Return the keys of the delivered records, once those of a crash were tried for the last time."""
    keys = [record["dynamodb"]["Keys"]["item"]["S"] for record in _records(live)]
    return keys if keys.count("source#crash") >= 3 else []


def test_stream_reaches_its_function_filtered_and_through_the_functions_role(live: Live) -> None:
    items = aws.dynamodb(live.cloud.ministack_url)
    wait_until(lambda: "GetRecords" in live.record.read_text("utf-8"), "the stream was not opened")
    for item in ("other", "source#crash", "source#fine"):
        items.put_item(TableName=table_name("ItemsTable"), Item={"item": {"S": item}, "data": {"B": b"\x01"}})
    wait_until(lambda: _keys(live)[-1:] == ["source#fine"], "the record was not delivered after the one that crashes")
    records, keys = _records(live), _keys(live)
    assert "other" not in keys
    assert keys.count("source#crash") >= 3, "once, and two retries"
    [fine] = [one for one in records if one["dynamodb"]["Keys"]["item"]["S"] == "source#fine"][-1:]
    assert (fine["eventName"], fine["eventSource"]) == ("INSERT", "aws:dynamodb")
    assert fine["dynamodb"]["NewImage"] == {"item": {"S": "source#fine"}, "data": {"B": "AQ=="}}
    lines = [json.loads(line) for line in live.record.read_text("utf-8").splitlines()]
    read = [
        line for line in lines if line["call"] in {"ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"}
    ]
    assert {line["call"] for line in read} == {"ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"}
    assert {(line["function"], line["table"]) for line in read} == {("ReadFunction", "ItemsTable/stream")}


def test_secret_is_generated_once_as_the_template_says(live: Live) -> None:
    client = aws.secretsmanager(live.cloud.ministack_url)
    secret = live.cloud.physical["KeySecret"]
    generated = json.loads(client.get_secret_value(SecretId=secret)["SecretString"])
    live.cloud.provision()
    assert json.loads(client.get_secret_value(SecretId=secret)["SecretString"]) == generated
    assert generated["kind"] == "test"
    assert len(generated["key"]) == 64
