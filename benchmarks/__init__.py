"""Measure the performance budgets against the local cloud and write docs/performance.md."""
