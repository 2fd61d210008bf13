"""`cds audit`: the ledger of decisions, of the feedback on their cards, and of callers who were turned away."""

from collections.abc import Mapping
from typing import Any

import click

from cds.cli import explaining, telling
from cds.service import explain, ledger


@click.group()
def audit() -> None:
    """Read and check the ledger that CDS_AUDIT_URL names.

    \b
    Example:
      cds audit list --limit 5
    """


@audit.command(name="list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many of the newest.")
@telling.as_json
@telling.told
def records(limit: int, as_json: bool) -> None:
    """List the newest entries: decisions, feedback on their cards, callers who were turned away.

    \b
    Example:
      cds audit list --limit 5
    """
    found = ledger.records(telling.settings(), limit=limit)
    if as_json:
        click.echo(telling.document(found))
        return
    for record in found:
        click.echo(telling.readable(f"{record['seq']:>6}  {_line(record)}"))


def _line(entry: Mapping[str, Any]) -> str:
    if "damaged" in entry:
        return f"{entry['decidedAt']}  {entry['decisionId']}  {entry['damaged']}"
    match entry["kind"]:
        case "feedback":
            joined = f"decision {entry['decisionId']}" if "decisionId" in entry else "card unknown"
            return (
                f"{entry['receivedAt']}  {entry['feedbackId']}  feedback: {entry['outcome']} {entry['outcomeAt']}  card {entry['card']}  ({joined})"
            )
        case "refusal":
            return f"{entry['refusedAt']}  {entry['refusalId']}  refused: {entry['cause']}  {entry['route']}  (count {entry.get('count', 1)})"
        case _:
            rules = ", ".join(entry["rules"]) or "-"
            return f"{entry['decidedAt']}  {entry['decisionId']}  {entry['release']}  {entry['urgency']}  {rules}  ({entry['outcome']})"


@audit.command()
@click.argument("entry_id", metavar="[ID]", required=False)
@click.option("--card", metavar="UUID", help="Show the decision that gave this card, in place of the one of ID.")
@click.option("--why", metavar="RULE", help="Print, in place of the record, why that rule matched or not: each of its cells.")
@telling.as_json
@telling.told
def show(entry_id: str | None, card: str | None, why: str | None, as_json: bool) -> None:
    """Show the entry ID: a decision with the feedback on its cards, one item of feedback, or a refusal.

    A decision is also found by `decision_digest` of a line of the log, and with --card by one of its cards.
    With --why a rule of a decision is worked out again from the recorded facts,
    with the release that decided.

    \b
    Examples:
      cds audit show 7c9e6679-7425-40de-944b-e07fc1f90ae7 --json
      cds audit show --card 0f0f4f3c-1111-4222-8333-444455556666
      cds audit show 7c9e6679-7425-40de-944b-e07fc1f90ae7 --why RULE
    """
    if (entry_id is None) == (card is None):
        raise click.UsageError("Give an ID, or --card with the uuid of a card.")
    record = _record(entry_id, card, why)
    if why is not None:
        explaining.show(explain.why_recorded(telling.settings(), entry_id or record["assessment"]["decisionId"], why), as_json=as_json)
    elif as_json:
        click.echo(telling.document(record))
    else:
        _print(record)


def _record(entry_id: str | None, card: str | None, why: str | None) -> Mapping[str, Any]:
    if card is not None:
        return ledger.show_card(telling.settings(), card)
    return ledger.show(telling.settings(), entry_id) if why is None and entry_id else {}


def _print(record: Mapping[str, Any]) -> None:
    """Every member on a line; of an assessment only its heart."""
    assessment = record.get("assessment", {})
    heading = {name: value for name, value in record.items() if name != "assessment"}
    heart = {name: assessment[name] for name in ("decidedAt", "release", "triage") if name in assessment}
    for name, value in {**heading, **heart}.items():
        click.echo(telling.readable(f"{name}: {value if isinstance(value, (str, int)) else telling.document(value, indent=None)}"))
    if assessment:
        click.echo(telling.readable(f"\n{assessment['note']}"))


@audit.command()
@telling.as_json
@telling.told
def verify(as_json: bool) -> None:
    """Check the chain of the ledger; exit code 1 when it does not hold.

    \b
    Example:
      cds audit verify
    """
    result = ledger.verify(telling.settings())
    if as_json:
        click.echo(telling.document(result))
    elif result["holds"]:
        click.echo(f"The chain holds: {result['records']} records, head {result['head']}.")
    else:
        fault = result["fault"]
        where = "" if fault["seq"] is None else f" at record {fault['seq']}"
        click.echo(f"The chain does not hold{where}: {fault['kind']}. {fault['text']}", err=True)
    if not result["holds"]:
        raise click.exceptions.Exit(telling.FINDING)
