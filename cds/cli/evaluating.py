"""`cds evaluate`: one input or many to assessments, without a service and without a record in the ledger."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

import click

from cds.cli import explaining, rendering, telling
from cds.foundation import strict_json
from cds.foundation.errors import CdsError
from cds.service import application, explain
from cds.service import evaluate as evaluation

Assess = Callable[[bytes], dict[str, Any]]
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
ORDER_HOOKS = ("order-select", "order-sign")
FIRST_YEAR, LAST_YEAR = 1900, 2200
EXISTING = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


def instant(_context: click.Context, _parameter: click.Parameter, text: str | None) -> datetime | None:
    """An RFC 3339 instant: date, T, time and zone, of a year in which somebody may be a patient."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text.upper()) if RFC_3339.fullmatch(text) else None
    except ValueError:
        at = None
    if at is None:
        raise click.BadParameter("not an instant of RFC 3339. Write date, T, time and zone, as 2026-03-01T09:00:00Z.")
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise click.BadParameter(f"not of the years {FIRST_YEAR} to {LAST_YEAR}.")
    return at.astimezone(UTC)


@click.command()
@click.argument("file", type=EXISTING, required=False)
@click.option("--batch", type=EXISTING, metavar="FILE.ndjson", help="Many inputs, one a line; prints one assessment a line, in order.")
@click.option("--release", metavar="V", help="Version of the release; by default the one in force.")
@click.option("--at", metavar="INSTANT", callback=instant, help="Instant of the decision and of the release in force, RFC 3339; by default now.")
@click.option("--why", metavar="RULE", help="Print, in place of the cards, why that rule matched or not: each of its cells.")
@telling.as_json
@telling.told
def evaluate(file: Path | None, batch: Path | None, release: str | None, at: datetime | None, why: str | None, as_json: bool) -> None:
    """Evaluate FILE (`-` for stdin) and print its cards, with --json the whole assessment.

    FILE is a CDS Hooks request, a QuestionnaireResponse, a Bundle with one, or a facts file {"facts": {...}}.
    In a batch a bad line gives {"line": n, "error": ...} and exit code 1 at the end; the others are answered; empty lines are passed over.

    \b
    Examples:
      cds evaluate examples/request.json
      cds evaluate --json --at 2026-03-01T09:00:00Z - < response.json
      cds evaluate --batch responses.ndjson > assessments.ndjson
      cds evaluate examples/request.json --why RULE
    """
    if (file is None) == (batch is None):
        raise click.UsageError("Give one FILE, or --batch FILE.ndjson.")
    if batch is not None and why is not None:
        raise click.UsageError("--why is told of one FILE, not of a batch.")
    clock = (lambda: at) if at else application.now
    app = application.start(telling.settings(release=release), audited=False, clock=clock)
    assess = partial(evaluation.assess_file, app)
    if batch is not None:
        raise click.exceptions.Exit(_evaluate_lines(batch, assess))
    if file is not None and why is not None:
        explaining.show(explain.why(app, _bytes(file), why), as_json=as_json)
    elif file is not None:
        body = _bytes(file)
        document = assess(body)
        text = rendering.cards_text(document["cards"], of_orders=_is_of_orders(app, body))
        click.echo(telling.document(document) if as_json else telling.readable(text))


def _is_of_orders(app: application.Application, body: bytes) -> bool:
    """Whether the cards were asked for at a hook of orders."""
    return strict_json.load_object(body, limit=app.settings.body_limit).get("hook") in ORDER_HOOKS


def _bytes(path: Path) -> bytes:
    with click.open_file(str(path), "rb") as stream:
        content: bytes = stream.read()
        return content


def _evaluate_lines(path: Path, assess: Assess) -> int:
    """Prints a line for each input line; the exit code."""
    failed = False
    with click.open_file(str(path), "rb") as stream, _progress(path) as progress:
        for number, line in _numbered(stream):
            answer, good = _answered(number, line, assess)
            failed = failed or not good
            click.echo(telling.document(answer, indent=None))
            progress.update(len(line))
    return telling.FINDING if failed else 0


def _numbered(stream: IO[Any]) -> Iterator[tuple[int, bytes]]:
    return ((number, line) for number, line in enumerate(stream, start=1) if line.strip())


def _answered(number: int, line: bytes, assess: Assess) -> tuple[dict[str, Any], bool]:
    try:
        return assess(line), True
    except CdsError as error:
        told = "; ".join(telling.line(diagnostic) for diagnostic in error.diagnostics())
        return {"line": number, "error": told}, False


def _progress(path: Path) -> AbstractContextManager[Any]:
    """A bar over the bytes read, on stderr, where a person watches it and the assessments go elsewhere."""
    watched = sys.stderr.isatty() and not sys.stdout.isatty() and path.is_file()
    length = path.stat().st_size if watched else 0
    return click.progressbar(length=length, label=path.name, file=sys.stderr, hidden=not watched)
