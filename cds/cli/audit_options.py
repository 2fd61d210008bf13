"""What the commands of `cds audit` share: which entries are meant, the bar over long work, what is said beside the answer, and exit code 1."""

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ParamSpec

import click

from cds.audit.carrying.upgrading import Progress
from cds.audit.faults import LedgerDamaged
from cds.audit.retention import MONTH
from cds.cli import telling
from cds.cli.evaluating import instant
from cds.service import desk as desks
from cds.service.desk import Desk, Wanted

LONGEST = 200
"""Characters of a name in the ledger."""

P = ParamSpec("P")


def name(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """A name that can stand in the ledger."""
    if text is not None and not 0 < len(text) <= LONGEST:
        raise click.BadParameter(f"a name has 1 to {LONGEST} characters.")
    return text


def given(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """An option that names nothing is refused: where a variable is not set, it would be as if it had been left away, and all there is be meant."""
    if text is not None and not text.strip():
        raise click.BadParameter("nothing is named. Name it, or leave the option away.")
    return text


def month(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str:
    """A month, empty where none is named."""
    if text and not MONTH.fullmatch(text):
        raise click.BadParameter("not a month. Write year and month, as 2030-05.")
    return text or ""


since = click.option("--from", "since", metavar="INSTANT", callback=instant, help="Entries from this instant on, RFC 3339.")
until = click.option("--to", "until", metavar="INSTANT", callback=instant, help="Entries before this instant, RFC 3339.")
patient = click.option("--patient", metavar="REF", callback=given, help="About this patient, as the client sent it: Patient/7, or system|value.")
client = click.option("--client", metavar="NAME", callback=name, help="Of this registered client; with --patient, whose patient it is.")
tenant = click.option("--tenant", metavar="T", callback=name, help="Of this tenant of the client.")
release = click.option("--release", metavar="V", callback=name, help="Decided by this version.")
yes = click.option("--yes", is_flag=True, help="Do it without asking.")


def narrowing(command: Callable[P, None]) -> Callable[P, None]:
    """The options by which many entries are narrowed, in the order in which help shows them."""
    for option in (release, tenant, client, patient, until, since):
        command = option(command)
    return command


def told(command: Callable[P, None]) -> Callable[P, None]:
    """As `telling.told`, with exit code 1 for a ledger that is not what was written."""

    @functools.wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        try:
            command(*arguments, **options)
        except LedgerDamaged as error:
            for diagnostic in error.diagnostics():
                warn(telling.line(diagnostic))
            raise click.exceptions.Exit(telling.FINDING) from error

    return telling.told(run)


def warn(text: str) -> None:
    """Says something beside the answer."""
    click.echo(telling.readable(text), err=True)


def at_desk(**chosen: Any) -> AbstractContextManager[Desk]:
    """The ledger that the settings name."""
    return desks.at(telling.settings(), warn, **chosen)


def wanted(narrowed: dict[str, Any]) -> Wanted:
    """What the options say."""
    known: dict[str, Any] = {key: value for key, value in narrowed.items() if value is not None}
    return Wanted(**known)


@contextmanager
def bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Takes how many more are done and of how many; a bar on stderr, where a person watches."""
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as shown:

        def step(more: int, of: int) -> None:
            shown.length = max(of, 1)
            shown.update(more)

        yield step


@contextmanager
def steps() -> Iterator[Progress]:
    """Takes what is being done, how many are done and of how many; a line on stderr that changes, where a person watches."""
    watched = sys.stderr.isatty()

    def step(what: str, done: int, of: int) -> None:
        if watched:
            click.echo(f"\r{what}: {done} of {of}\x1b[K", err=True, nl=False)

    yield step
    if watched:
        click.echo(err=True)
