"""Simulate a trading day for a thousand to a million users, and write docs/scale.md (`python -m benchmarks scale`)."""
