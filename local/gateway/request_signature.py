"""Verify the Signature Version 4 of a request, as IAM does. A function's access key locally is its logical id."""

import re
from collections.abc import Mapping

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, "
    r"SignedHeaders=(?P<names>[^,]+), Signature=(?P<signature>[0-9a-f]{64})"
)
_SECRET = "local"


def find_signer(method: str, url: str, headers: Mapping[str, str], body: bytes) -> str | None:
    """Return who signed the request, or None if the signature is missing or not valid. Header names are lower-case."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    match = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if match is None or "x-amz-date" not in headers:
        return None
    named = {name: headers.get(name, "") for name in match["names"].split(";")}
    request = AWSRequest(method, url, named, body)
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials(match["key"], _SECRET), match["service"], match["region"])
    expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    return match["key"] if expected == match["signature"] else None
