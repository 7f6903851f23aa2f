"""Import a function's handler, handle one event and report it. Runs as its own process.

`python -S cold.py MODULE EVENT_FILE`, with the function's environment. Imports nothing that the product does not.
"""

import importlib
import json
import sys
from pathlib import Path


class _Context:
    aws_request_id = "benchmark"


handler = importlib.import_module(sys.argv[1]).lambda_handler
event = json.loads(Path(sys.argv[2]).read_text("utf-8"))
answer = handler(event, _Context())
sys.stderr.write(f"{answer['statusCode']}\n")
sys.stderr.flush()
