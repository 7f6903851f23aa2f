"""Over TLS the deadline holds too, and an untrusted certificate is refused."""

import datetime
import ipaddress
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.unit.providers.raw_server import RawServer, raw_server, response
from tidings.errors import ProviderError, ProviderTimeout
from tidings.http import client as http_client
from tidings.http import connection_pool
from tidings.http.client import HttpResponse

TODAY = datetime.datetime.now(datetime.UTC)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    built = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(TODAY - datetime.timedelta(days=1))
        .not_valid_after(TODAY + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain, private


@pytest.fixture
def server(certificate: tuple[Path, Path]) -> Iterator[RawServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    connection_pool.pools.cache_clear()
    with raw_server(context) as server:
        yield server
    connection_pool.pools.cache_clear()


def call(server: RawServer, within_s: float = 60.0) -> HttpResponse:
    return http_client.send_request(
        "GET", f"{server.url}/x", headers={}, body=None, deadline=time.monotonic() + within_s
    )


@pytest.mark.threat(id="provider-impostor")
def test_unknown_certificate_is_refused_before_sending(server: RawServer) -> None:
    with pytest.raises(ProviderError):
        call(server)
    assert server.requests == []


def test_trusted_connection_is_reused(
    server: RawServer, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    server.pieces, server.closes = [response(b'{"a": 1}')], False
    assert [call(server).body for _ in range(2)] == [{"a": 1}] * 2
    assert server.connections == 1


def test_tls_trickle_ends_at_deadline(
    server: RawServer, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    server.pieces = [b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n", *[b"x"] * 600]
    server.pause_s = 0.1
    with pytest.raises(ProviderTimeout):
        call(server, within_s=0.4)
