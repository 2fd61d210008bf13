"""What a hook call costs, and where: `python -m tests.benchmarks.run`."""
