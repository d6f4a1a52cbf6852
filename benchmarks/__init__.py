"""Measurements of the product against what it is compared with; see ``docs/benchmarks.md``."""
