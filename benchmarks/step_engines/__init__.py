"""Programs that run the same processes, each on another engine; ``benchmarks/steps.py`` drives them."""
