"""Writes the files that a command makes: all of them or none, and nothing over what is there unasked."""

from collections.abc import Mapping
from pathlib import Path

import click

from cds.foundation.errors import CdsError


def files(named: Mapping[Path, bytes], *, force: bool) -> list[Path]:
    """Writes all files, or none when one is there already."""
    there = [path for path in named if path.exists()]
    if there and not force:
        raise click.UsageError(f"{there[0]} is there already; --force overwrites it.")
    try:
        for path, body in named.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
    except OSError as error:
        raise CdsError(f"It cannot be written: {error.strerror}.", expression=str(error.filename)) from error
    return list(named)
