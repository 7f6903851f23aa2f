"""Compare Tidings with what a user would take instead. Nothing here is part of the product."""
