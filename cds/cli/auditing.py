"""`cds audit`: the ledger of decisions."""

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
    """List the newest decisions.

    \b
    Example:
      cds audit list --limit 5
    """
    found = ledger.records(telling.settings(), limit=limit)
    if as_json:
        click.echo(telling.document(found))
        return
    for record in found:
        click.echo(_line(record))


def _line(record: Mapping[str, Any]) -> str:
    rules = ", ".join(record["rules"]) or "-"
    return (
        f"{record['seq']:>6}  {record['decidedAt']}  {record['decisionId']}  {record['release']}  {record['urgency']}  {rules}  ({record['outcome']})"
    )


@audit.command()
@click.argument("decision_id", metavar="ID")
@click.option("--why", metavar="RULE", help="Print, in place of the record, why that rule matched or not: each of its cells.")
@telling.as_json
@telling.told
def show(decision_id: str, why: str | None, as_json: bool) -> None:
    """Show the record of decision ID.

    With --why a rule is worked out again from the recorded facts, with the release that decided.

    \b
    Examples:
      cds audit show 7c9e6679-7425-40de-944b-e07fc1f90ae7 --json
      cds audit show 7c9e6679-7425-40de-944b-e07fc1f90ae7 --why RULE
    """
    if why is not None:
        explaining.show(explain.why_recorded(telling.settings(), decision_id, why), as_json=as_json)
        return
    record = ledger.show(telling.settings(), decision_id)
    if as_json:
        click.echo(telling.document(record))
        return
    assessment = record["assessment"]
    heading = {name: value for name, value in record.items() if name != "assessment"}
    for name, value in {**heading, "decidedAt": assessment["decidedAt"], "release": assessment["release"], "triage": assessment["triage"]}.items():
        click.echo(f"{name}: {value if isinstance(value, (str, int)) else telling.document(value, indent=None)}")
    click.echo(f"\n{assessment['note']}")


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
