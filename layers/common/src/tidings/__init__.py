"""Tidings. What stands here makes each function's start shorter, by a tenth and up to a fifth (docs/performance.md)."""

import gc

# Starting makes some 200,000 objects that stay. To look through them for garbage every 2,000 takes a tenth of the time.
# When all is loaded, tidings.aws.clients.create_clients has them left alone for good.
gc.set_threshold(300_000)

# Deep within a chain of imports, Python 3.11 to 3.13 may map and unmap a piece of its stack at every single call: then
# urllib3's regular expressions take 40 ms instead of 5. Here the stack is short.
import urllib3  # noqa: E402, F401
