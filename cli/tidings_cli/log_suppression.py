"""The product's flows write log lines and metrics for CloudWatch, which are nothing for an operator's terminal."""

import contextlib
import io
import os
from collections.abc import Iterator


@contextlib.contextmanager
def suppress_logs() -> Iterator[None]:
    os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Tidings")  # without one they can't even be written
    with contextlib.redirect_stdout(io.StringIO()):
        yield
