"""How every command ends: errors on stderr with their place and exit code 2, documents as JSON on request."""

import functools
import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn, ParamSpec

import click

from cds.foundation import canonical
from cds.foundation.errors import CdsError, Diagnostic
from cds.foundation.settings import Settings, read

FINDING = 1
BAD_INPUT = 2
HUMP = re.compile("[A-Z]")
SURROGATE = re.compile("[\ud800-\udfff]")
P = ParamSpec("P")

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def told(command: Callable[P, None]) -> Callable[P, None]:
    """A command whose errors are told on stderr, a line a problem, with exit code 2."""

    @functools.wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        try:
            command(*arguments, **options)
        except CdsError as error:
            refuse(error)

    return run


def refuse(error: CdsError) -> NoReturn:
    """Tells every problem of the error and exits with 2."""
    for diagnostic in error.diagnostics():
        click.echo(line(diagnostic), err=True)
    raise click.exceptions.Exit(BAD_INPUT) from error


def line(diagnostic: Diagnostic) -> str:
    """One problem as `severity: place: what to do`."""
    place = f"{diagnostic.expression}: " if diagnostic.expression else ""
    return f"{diagnostic.severity}: {place}{diagnostic.text}"


def document(value: Any, *, indent: int | None = 2) -> str:
    """The value as JSON text; half a surrogate pair, which no encoding can write, stays as its escape."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=canonical.plain)
    return SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def readable(text: str) -> str:
    """Text for a terminal; half a surrogate pair is shown as a replacement character."""
    return SURROGATE.sub("\ufffd", text)


def counted(count: int, name: str) -> str:
    """How many of what: `1 decision`, `2 decisions`."""
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def number(value: float | Decimal) -> str:
    """A number for a person, to at most two places."""
    told = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if told == "-0" else told


def words(name: str) -> str:
    """The name of a member, as `requestDigest`, in words."""
    return HUMP.sub(lambda hump: f" {hump[0].lower()}", name)


def settings(**chosen: Any) -> Settings:
    """Settings of the environment and of the file, with what the command line says over them."""
    return read(**{name: value for name, value in chosen.items() if value is not None})
