"""Tidings."""

import gc

# Starting makes some 200,000 objects that stay. To look through them for garbage every 700 takes a tenth of the start.
gc.set_threshold(50_000, 20, 50)
