"""Measures the budgets of DESIGN §9 against the local cloud and writes docs/performance.md."""
