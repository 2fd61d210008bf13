"""`cds audit`: the ledger of decisions, of the feedback on their cards, of callers who were turned away, and of what was done with all of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from cds.cli import audit_erasing, audit_exporting, audit_keeping, audit_options, audit_proving, audit_showing, explaining, replaying, telling
from cds.service import explain, ledger

SHOWN = 5
"""Rules in a line of the list."""

KINDS = ("decision", "feedback", "refusal", "action")


@click.group()
def audit() -> None:
    """Read, prove and keep the ledger that CDS_AUDIT_URL names.

    Who reads, exports, replays or erases is itself recorded, with the user of this machine.

    \b
    Example:
      cds audit list --limit 5
    """


@audit.command(name="list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many of the newest.")
@click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Entries of this kind; may be given more than once.")
@click.option(
    "--decision",
    metavar="ID",
    callback=audit_options.given,
    help="In place of the newest, all that concerns this decision: feedback, and who read or exported it.",
)
@audit_options.narrowing
@telling.as_json
@audit_options.told
def records(limit: int, decision: str | None, *, as_json: bool, **narrowed: Any) -> None:
    """List the newest entries: decisions, feedback on their cards, callers who were turned away, and what was done with the ledger.

    \b
    Examples:
      cds audit list --limit 5
      cds audit list --kind decision --patient Patient/7 --client ward
      cds audit list --decision 7c9e6679-7425-40de-944b-e07fc1f90ae7
    """
    if decision is not None and any(narrowed.values()):
        raise click.UsageError("--decision goes with --json alone: it lists all that concerns one decision.")
    with audit_options.at_desk() as desk:
        wanted = audit_options.wanted(narrowed)
        found = ledger.records(desk, wanted, limit=limit) if decision is None else ledger.concerning(desk, decision)
    if as_json:
        click.echo(telling.document(found))
        return
    for record in found:
        click.echo(telling.readable(f"{record['seq']:>6}  {_line(record)}"))
    if not found:
        audit_options.warn("The ledger has no such entry.")


def _line(entry: Mapping[str, Any]) -> str:
    if "damaged" in entry:
        return f"{entry['at']}  {entry['id']}  {entry['damaged']}"
    match entry["kind"]:
        case "feedback":
            joined = f"decision {entry['decisionId']}" if "decisionId" in entry else "card unknown"
            return (
                f"{entry['receivedAt']}  {entry['feedbackId']}  feedback: {entry['outcome']} {entry['outcomeAt']}  card {entry['card']}  ({joined})"
            )
        case "refusal":
            return f"{entry['refusedAt']}  {entry['refusalId']}  refused: {entry['cause']}  {entry['route']}  (count {entry.get('count', 1)})"
        case "action":
            return f"{entry['at']}  {entry['actionId']}  {entry['action']} by {entry['actor']}{_what(entry.get('detail', {}))}"
        case _:
            rules = _some(entry["rules"])
            asked = f"  {entry['client']}" if "client" in entry else ""
            erased = ", erased" if "erased" in entry else ""
            return (
                f"{entry['decidedAt']}  {entry['decisionId']}  {entry['release']}  {entry['urgency']}  {rules}  ({entry['outcome']}{erased}){asked}"
            )


def _some(rules: Sequence[str]) -> str:
    more = f" and {len(rules) - SHOWN} more" if len(rules) > SHOWN else ""
    return f"{', '.join(rules[:SHOWN]) or '-'}{more}"


def _what(detail: Mapping[str, Any]) -> str:
    """What was done, in a few words: `what` of a reading with what it was of, `format` of an export, the counts of a replay."""
    told = [str(detail[name]) for name in ("what", "format", "before") if name in detail]
    told += [f"{name} {detail['filter'][name]}" for name in ("decision", "client", "tenant", "release") if name in detail.get("filter", {})]
    told += [f"{name} {detail[name]}" for name in ("release", "count", "times") if name in detail]
    told += [f"{count} {telling.words(name)}" for name, count in detail.get("counts", {}).items()]
    told += ["facts opened"] if detail.get("opened") else []
    return f": {', '.join(told)}" if told else ""


@audit.command()
@click.argument("entry_id", metavar="[ID]", required=False)
@click.option("--card", metavar="UUID", callback=audit_options.given, help="Show the decision that gave this card, in place of the one of ID.")
@click.option("--why", metavar="RULE", help="Print, in place of the record, why that rule matched or not: each of its cells.")
@telling.as_json
@audit_options.told
def show(entry_id: str | None, card: str | None, why: str | None, as_json: bool) -> None:
    """Show the entry ID, an id or a number: a decision with the feedback on its cards, one item of feedback, a refusal, or something that was done.

    A decision is also found by `decision_digest` of a line of the log, and with --card by one of its cards.
    With --why a rule of a decision is worked out again from the recorded facts,
    with the release that decided. Of a decision that was erased it says so, and shows what is left.

    \b
    Examples:
      cds audit show 7c9e6679-7425-40de-944b-e07fc1f90ae7 --json
      cds audit show --card 0f0f4f3c-1111-4222-8333-444455556666
      cds audit show 7c9e6679-7425-40de-944b-e07fc1f90ae7 --why RULE
    """
    if (entry_id is None) == (card is None):
        raise click.UsageError("Give an ID, or --card with the uuid of a card.")
    with audit_options.at_desk() as desk:
        if why is not None:
            decided = ledger.of_card(desk, card).entry_id if card else entry_id or ""
            explaining.show(explain.why_recorded(desk, decided, why), as_json=as_json)
            return
        found = ledger.show_card(desk, card) if card else ledger.show(desk, entry_id or "")
    click.echo(telling.document(found) if as_json else telling.readable("\n".join(audit_showing.lines(found))))


for command in (
    audit_proving.verify,
    audit_proving.prove,
    audit_proving.consistency,
    audit_proving.key,
    replaying.replay,
    audit_exporting.export,
    audit_erasing.erase,
    audit_keeping.backup,
    audit_keeping.restore,
    audit_keeping.upgrade,
    audit_keeping.retain,
    audit_keeping.rotate,
):
    audit.add_command(command)
