"""The built-in functions of FEEL, one module a kind of value (DMN 1.5, 10.3.4). Each lists its own in FUNCTIONS."""

from collections.abc import Callable, Sequence
from typing import Any

Listed = Sequence[tuple[str, Callable[..., Any]]]
"""Signatures as the reference shows them, and what they call with arguments that fit."""
