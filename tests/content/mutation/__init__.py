"""Mutants of every cell of a release, and whether its cases tell them from the release."""
