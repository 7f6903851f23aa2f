"""Import a function's handler, handle one event and report it: status, CPU of INIT and of the request, in ms.

Runs as its own process.

`python -S cold.py MODULE EVENT_FILE`, with the function's environment. Imports nothing that the product does not.
"""

import importlib
import json
import sys
import time
from pathlib import Path


class _Context:
    aws_request_id = "benchmark"


began = time.process_time()
handler = importlib.import_module(sys.argv[1]).lambda_handler
initialised = time.process_time()
event = json.loads(Path(sys.argv[2]).read_text("utf-8"))
asked = time.process_time()
answer = handler(event, _Context())
cpu = time.process_time() - asked
sys.stderr.write(f"{answer['statusCode']} {1000 * (initialised - began):.3f} {1000 * cpu:.3f}\n")
sys.stderr.flush()
