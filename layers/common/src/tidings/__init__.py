"""Tidings. What stands here makes each function's start shorter, by a tenth and up to a fifth (docs/performance.md)."""

import gc

# Deep within a chain of imports, Python 3.11 to 3.13 may map and unmap a piece of its stack at every single call: then
# urllib3's regular expressions take 40 ms instead of 5. Here the stack is short.
import urllib3  # noqa: F401

# Starting makes some 200,000 objects that stay, answering a large portfolio as many that stay until it is answered. To
# look through them for garbage every 700 takes as long as making them.
gc.set_threshold(50_000, 20, 50)
