"""The routes that only the local cloud has."""

import hashlib
import time

import httpx
import pytest

from local import aws
from local.cloud import LocalCloud


def test_health_says_which_parts_are_up(front: httpx.Client) -> None:
    assert front.get("/_local/health").json() == {"ok": True, "parts": {"MiniStack": True}}


def test_login_stores_the_cookies_hash_and_logout_removes_it(front: httpx.Client, cloud: LocalCloud) -> None:
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


@pytest.mark.parametrize("form", ["", "[]", '{"user_id": "u1"}', '{"user_id": 1, "email": "a@b.c"}'])
def test_a_bad_login_is_400(front: httpx.Client, form: str) -> None:
    assert front.post("/_local/login", content=form).status_code == 400


@pytest.mark.parametrize("headers", [{"host": "tidings.example"}, {"x-forwarded-for": "203.0.113.7"}])
def test_visitors_through_a_tunnel_do_not_see_them(front: httpx.Client, headers: dict[str, str]) -> None:
    form = {"user_id": "u1", "email": "u1@example.com"}

    for response in (front.post("/_local/login", json=form, headers=headers), front.get("/", headers=headers)):
        assert (response.status_code, response.json()) == (404, {"message": "Not Found"})
