"""Import a handler, handle one event, and report both as JSON on standard error. Runs as its own process.

`python -S first_request.py MODULE EVENT_FILE`, with the function's environment. The interpreter's own start is not
part of the figures.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path


class _Context:
    aws_request_id = "benchmark"
    function_name = "benchmark"


def _now() -> tuple[float, float]:
    return 1000 * time.perf_counter(), 1000 * time.process_time()


def _memory_mb() -> float:
    """Return the most memory that this process had. getrusage would count what its parent had before the start."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


event = json.loads(Path(sys.argv[2]).read_text("utf-8"))
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
began = _now()
handler = importlib.import_module(sys.argv[1]).lambda_handler
imported = _now()
answer = handler(event, _Context())
answered = _now()
report = {
    "status": answer["statusCode"],
    "import_ms": imported[0] - began[0],
    "import_cpu_ms": imported[1] - began[1],
    "request_ms": answered[0] - imported[0],
    "request_cpu_ms": answered[1] - imported[1],
    "memory_mb": _memory_mb(),
}
sys.stderr.write(json.dumps(report) + "\n")
