"""Suppress the log lines and metrics that the product writes for CloudWatch: a terminal has no use for them."""

import contextlib
import io
import os
from collections.abc import Iterator


@contextlib.contextmanager
def suppress_logs() -> Iterator[None]:
    """Discard what is written to stdout."""
    os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Tidings")  # without a namespace metrics raise an error
    with contextlib.redirect_stdout(io.StringIO()):
        yield
