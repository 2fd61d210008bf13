"""`cds quality`: what became of the cards that were shown."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import click

from cds.cli import audit_options, telling
from cds.service import quality as figures
from cds.service.quality import By

DAY = click.DateTime(["%Y-%m-%d"])
WIDEST = 44
APART: Mapping[str, str] = {
    "silent": "Decided for silent clients and not shown: {cards}.",
    "unknown": "On cards that nobody here gave to that client: {items} of feedback.",
    "elsewhere": "Answered, and shown by no hook call of these days: {cards}.",
    "damaged": "Not what was written, and left out: {entries}. Run `cds audit verify`.",
}


@click.command()
@click.option("--from", "first", type=DAY, metavar="DAY", help="First day of the decisions, as 2026-11-22, in UTC.")
@click.option("--to", "last", type=DAY, metavar="DAY", help="Last day of the decisions, that day included.")
@click.option("--by", multiple=True, type=click.Choice(figures.ALL), help="Only these tables; without it all of them.")
@click.option("--limit", type=click.IntRange(1), help="At most so many lines of each table; without it all of them.")
@telling.as_json
@telling.told
def quality(first: datetime | None, last: datetime | None, by: tuple[By, ...], limit: int | None, as_json: bool) -> None:
    """Count what became of the cards that were shown: answered, accepted, overridden, and why.

    Each share has its 95 % interval (Wilson); of fewer than five there is none. A rule is counted by decisions, all else by cards;
    rules that cards name come first.

    \b
    Examples:
      cds quality
      cds quality --by rule --limit 20
      cds quality --from 2026-10-01 --to 2026-10-31 --by rule --json
    """
    if first and last and last < first:
        raise click.UsageError("--to is before --from.")
    days = {"first": first and first.date(), "last": last and last.date()}
    with audit_options.bar("quality") as bar:
        made = figures.of(telling.settings(), told=bar, **days)
    told = figures.document(made, by or figures.ALL, **days)
    if as_json:
        click.echo(telling.document(told | {"by": {name: rows[:limit] for name, rows in told["by"].items()}}))
        return
    for line in _lines(told, limit):
        click.echo(telling.readable(line))


def _lines(told: Mapping[str, Any], limit: int | None) -> Iterator[str]:
    yield _heading("cards")
    yield _line("all", told["cards"])
    for by, rows in told["by"].items():
        yield ""
        yield _heading(f"{by}, by decisions" if by == "rule" else by)
        yield from (_line(f"{row['name']} ({row['table']})" if "table" in row else row["name"], row) for row in rows[:limit])
        if limit and len(rows) > limit:
            yield f"and {len(rows) - limit} more"
        if not rows:
            yield "nothing to count"
    yield from _reasons(told["reasons"])
    apart = [_apart(name, count) for name, count in told["apart"].items() if count]
    yield from ("", *apart) if apart else ()


def _apart(name: str, count: int) -> str:
    entries = f"{count} entry" if count == 1 else f"{count} entries"
    return APART[name].format(cards=telling.counted(count, "card"), items=telling.counted(count, "item"), entries=entries)


def _reasons(reasons: list[Mapping[str, Any]]) -> Iterator[str]:
    if reasons:
        yield ""
        yield f"{'override reason':<{WIDEST}}"
        yield from (f"{one['code']:<{WIDEST}} {_share(one)}" for one in reasons)


def _heading(name: str) -> str:
    return f"{name:<{WIDEST}} {'shown':>8}  {'answered':<30}  {'accepted':<30}  overridden"


def _line(name: str, row: Mapping[str, Any]) -> str:
    shares = "  ".join(f"{_share(row[part]):<30}" for part in ("answered", "accepted", "overridden"))
    return f"{name:<{WIDEST}} {row['shown']:>8}  {shares}".rstrip()


def _share(one: Mapping[str, Any]) -> str:
    """Count, denominator, and percentage with its interval, where there are enough."""
    if "share" not in one:
        return f"{one['count']} of {one['of']}"
    low, high = one["interval"]
    return f"{one['count']} of {one['of']}, {one['share']:.0%} ({low:.0%} to {high:.0%})"
