"""Test the routes that only the local cloud has."""

import base64
import hashlib
import json
import time

import httpx
import pytest

from local import aws
from local.cloud import LocalCloud
from tests.support.drivers.loopback import loopback


def test_health_lists_which_components_are_up(front: httpx.Client) -> None:
    assert front.get("/_local/health").json() == {"ok": True, "parts": {"MiniStack": True}}


def test_deployment_route_lists_names_and_addresses_without_secrets(front: httpx.Client, cloud: LocalCloud) -> None:
    response = front.get("/_local/deployment")

    deployment = response.json()
    assert deployment["aws_endpoint"] == cloud.ministack_url
    sessions = {"kind": "AWS::DynamoDB::Table", "physical_id": cloud.physical["SessionsTable"]}
    assert deployment["resources"]["SessionsTable"] == sessions
    assert deployment["parameters"]["AllowedOrigins"].startswith(cloud.front)
    assert "client_id" not in response.text


def test_login_stores_the_cookie_hash_and_logout_removes_it(front: httpx.Client, cloud: LocalCloud) -> None:
    response = front.post("/_local/login", json={"user_id": "u1", "email": "u1@example.com"})
    cookie = response.cookies["session_id"]
    key = {"session": {"S": hashlib.sha256(cookie.encode()).hexdigest()}}
    table = cloud.physical["SessionsTable"]
    database = aws.dynamodb(cloud.ministack_url)

    row = database.get_item(TableName=table, Key=key)["Item"]

    assert (row["user_id"], row["email"]) == ({"S": "u1"}, {"S": "u1@example.com"})
    assert abs(int(row["expires_at"]["N"]) - time.time() - 12 * 3600) < 60
    attributes = response.headers["set-cookie"].lower()
    assert all(part in attributes for part in ("httponly", "samesite=lax", "path=/"))

    assert front.post("/_local/logout").status_code == 204
    assert "Item" not in database.get_item(TableName=table, Key=key)


def test_token_route_mints_a_token_of_the_local_issuer(front: httpx.Client, cloud: LocalCloud) -> None:
    minted = front.post("/_local/token", json={"user_id": "u1", "email": "u1@example.com"}).json()
    content = minted["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(content + "=="))
    assert (minted["token_type"], minted["expires_in"]) == ("Bearer", 3600)
    assert (claims["iss"], claims["aud"], claims["sub"]) == (cloud.issuer.address, cloud.issuer.audience, "u1")
    assert (claims["email"], claims["email_verified"]) == ("u1@example.com", True)
    discovery = loopback.get(f"{cloud.issuer.address}/.well-known/openid-configuration").json()
    assert discovery["issuer"] == cloud.issuer.address
    [key] = loopback.get(discovery["jwks_uri"]).json()["keys"]
    assert not {"d", "p", "q"} & set(key)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"user_id": ""}', '{"user_id": 1}'])
def test_token_route_returns_400_without_a_user_id(front: httpx.Client, body: str) -> None:
    assert front.post("/_local/token", content=body).status_code == 400


@pytest.mark.parametrize("body", ["", "[]", '{"user_id": "u1"}', '{"user_id": 1, "email": "a@b.c"}'])
def test_login_returns_400_for_a_malformed_body(front: httpx.Client, body: str) -> None:
    assert front.post("/_local/login", content=body).status_code == 400


@pytest.mark.parametrize("headers", [{"host": "tidings.example"}, {"x-forwarded-for": "203.0.113.7"}])
def test_local_routes_return_404_through_a_tunnel(front: httpx.Client, headers: dict[str, str]) -> None:
    body = {"user_id": "u1", "email": "u1@example.com"}

    for response in (front.post("/_local/login", json=body, headers=headers), front.get("/", headers=headers)):
        assert (response.status_code, response.json()) == (404, {"message": "Not Found"})
    assert front.get("/_local/deployment", headers=headers).status_code == 404
