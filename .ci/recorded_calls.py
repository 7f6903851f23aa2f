"""Record the AWS operations that a program calls, through the monitoring that every botocore has built in."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_HOST = "127.0.0.1"
_BYTES = 1 << 16
_ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
}
"""The action that IAM checks, where its name is another one than the operation's."""


@dataclass
class RecordedCalls:
    """`environment` makes a program report its calls; `actions` has what IAM checks for them."""

    environment: dict[str, str]
    actions: set[str] = field(default_factory=set)


@contextmanager
def record_calls() -> Iterator[RecordedCalls]:
    """Record until the end of the block. The reports are datagrams, which wait in the socket until then."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind((_HOST, 0))
        receiver.setblocking(False)
        port = str(receiver.getsockname()[1])
        recorded = RecordedCalls({"AWS_CSM_ENABLED": "true", "AWS_CSM_HOST": _HOST, "AWS_CSM_PORT": port})
        yield recorded
        recorded.actions.update(_received(receiver))


def _received(receiver: socket.socket) -> Iterator[str]:
    while True:
        try:
            report = json.loads(receiver.recv(_BYTES))
        except BlockingIOError:
            return
        operation = f"{report['Service'].lower()}:{report['Api']}"
        yield _ACTIONS.get(operation, operation)
