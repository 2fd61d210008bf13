"""`cds audit replay`: recorded decisions made again, by the release of then or by another."""

import re
from collections.abc import Iterator
from typing import Any

import click

from cds.cli import audit_options, telling
from cds.cli.evaluating import instant
from cds.foundation import canonical
from cds.service import actions
from cds.service import replay as replays
from cds.service.replay import Asked, Report
from cds.service.replaying.again import Replayed
from cds.service.replaying.comparing import Difference

RULE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}", re.ASCII)
SHOWN = 20
PLACES = 5
WIDTH = 100
CUT = "..."
WITHOUT_CARDS = "of these were compared without their cards: records of an earlier version lack the orders, or name a profile of your own."


def _rule(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    if text is not None and not RULE.fullmatch(text):
        raise click.BadParameter("not the id of a rule. `cds table show` shows the rules of a release with their ids.")
    return text


@click.command()
@click.option(
    "--release", metavar="V", callback=audit_options.given, help="Decide by this version; by default each decision by the release that decided."
)
@click.option("--from", "since", metavar="INSTANT", callback=instant, help="Decisions from this instant on, RFC 3339.")
@click.option("--to", "until", metavar="INSTANT", callback=instant, help="Decisions before this instant, RFC 3339.")
@click.option("--patient", metavar="REF", callback=audit_options.given, help="Decisions about this patient, as sent: Patient/7, or system|value.")
@click.option(
    "--client",
    metavar="NAME",
    callback=audit_options.name,
    help="Decisions asked for by this registered client; with --patient, the one whose patient it is.",
)
@click.option("--tenant", metavar="T", callback=audit_options.name, help="The same by tenant of the client.")
@click.option("--rule", metavar="ID", callback=_rule, help="Decisions in which this rule matched.")
@click.option("--decided-by", metavar="RELEASE", callback=audit_options.given, help="Decisions by this version.")
@click.option("--decision", metavar="ID", callback=audit_options.given, help="One decision.")
@click.option("--processes", type=click.IntRange(1), help="How many at a time; by default one for each core, where there is work for so many.")
@click.option("--details", is_flag=True, help="Print every finding, whole.")
@telling.as_json
@audit_options.told
def replay(processes: int | None, *, details: bool, as_json: bool, **narrowed: Any) -> None:
    """Make recorded decisions again from their recorded facts, and say what differs.

    By the release that decided all of it must come again: exit code 1 when anything differs, is damaged or cannot be made again.
    With --release nothing is wrong with a difference: what another release would have said stands beside what was said, and only damaged
    records give exit code 1. The ledger keeps who replayed what, and how many came out how.

    \b
    Examples:
      cds audit replay --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z
      cds audit replay --release 1.2.0 --decided-by 1.0.0 --details
    """
    asked = Asked(**{key: value for key, value in narrowed.items() if value is not None})
    with audit_options.bar("replay") as told:
        report = replays.replay(telling.settings(), asked, actor=actions.of_user(), processes=processes, told=told, warn=audit_options.warn)
    if as_json:
        click.echo(telling.document(_document(report)))
    else:
        for line in _lines(report, details=details):
            click.echo(telling.readable(line))
    if not report.holds:
        raise click.exceptions.Exit(telling.FINDING)


def _document(report: Report) -> dict[str, Any]:
    return {
        "release": report.release or None,
        "holds": report.holds,
        "counts": dict(report.counts),
        "withoutCards": report.without_cards,
        "dropped": list(report.dropped),
        "decisions": [_plain(one) for one in report.replayed],
    }


def _plain(one: Replayed) -> dict[str, Any]:
    return {
        "seq": one.seq,
        "decisionId": one.decision_id,
        "decidedAt": one.decided_at,
        "release": one.release,
        "verdict": one.verdict,
        **({"reason": one.reason} if one.reason else {}),
        **({"differences": [found.plain() for found in one.differences]} if one.differences else {}),
    }


def _lines(report: Report, *, details: bool) -> Iterator[str]:
    by = f"release {report.release}" if report.release else "the release that decided"
    told = ", ".join(f"{count} {name}" for name, count in report.counts.items())
    yield f"{telling.counted(sum(report.counts.values()), 'decision')} by {by}: {told}."
    if report.without_cards:
        yield f"{report.without_cards} {WITHOUT_CARDS}"
    if report.dropped:
        yield f"Not looked at, since retention dropped them: {', '.join(report.dropped)}."
    findings = [one for one in report.replayed if one.verdict != "erased"]
    for one in findings if details else findings[:SHOWN]:
        yield from _finding(one, details=details)
    if len(findings) > SHOWN and not details:
        yield f"{len(findings) - SHOWN} more: --details and --json show them."


def _finding(one: Replayed, *, details: bool) -> Iterator[str]:
    yield f"{one.seq:>6}  {one.decided_at}  {one.decision_id}  {one.release}  {one.verdict}{f': {one.reason}' if one.reason else ''}"
    for found in one.differences if details else one.differences[:PLACES]:
        yield f"        {_difference(found, details=details)}"
    if len(one.differences) > PLACES and not details:
        yield f"        {len(one.differences) - PLACES} places more"


def _difference(found: Difference, *, details: bool) -> str:
    old, new = (_short(telling.document(canonical.plain(side), indent=None), details=details) for side in (found.old, found.new))
    return f"{found.path}: {old} -> {new}"


def _short(text: str, *, details: bool) -> str:
    return text if details or len(text) <= WIDTH else text[: WIDTH - len(CUT)] + CUT
