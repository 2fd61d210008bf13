"""`cds audit export`: one decision with its proof, or many entries for other programs."""

from pathlib import Path
from typing import Any

import click

from cds.cli import audit_options, telling
from cds.service import giving_out
from cds.service.giving_out import Given


@click.command()
@click.option(
    "--decision",
    metavar="ID",
    callback=audit_options.given,
    help="One decision: a zip with record, release, proof, signed head and the program that checks them.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["ndjson", "fhir", "parquet"]),
    help="Many entries: lines, AuditEvents and Provenances in lines, or tables.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="PATH", help="File or, for parquet, folder, which is not there yet.")
@click.option("--facts", is_flag=True, help="Open the facts. They are health data; the ledger keeps that they were opened.")
@audit_options.narrowing
@telling.as_json
@audit_options.told
def export(decision: str | None, kind: str | None, *, out: Path, facts: bool, as_json: bool, **narrowed: Any) -> None:
    """Export one decision, or the entries of a time, patient, client or release; facts stay sealed without --facts.

    The ledger keeps who exported what, and the digest of the file. Nothing is overwritten.

    \b
    Examples:
      cds audit export --decision 7c9e6679-7425-40de-944b-e07fc1f90ae7 --out decision.zip
      cds audit export --format ndjson --out ledger.ndjson
      cds audit export --format parquet --out tables --from 2026-01-01T00:00:00Z --facts
    """
    if (decision is None) == (kind is None):
        raise click.UsageError("Give --decision with an ID, or --format.")
    if decision is not None and any(narrowed.values()):
        raise click.UsageError("--decision is of one decision: leave out what narrows many.")
    given = _many(kind or "", narrowed, out, facts=facts) if decision is None else _one(decision, out, facts=facts)
    if as_json:
        click.echo(telling.document(given.plain()))
        return
    click.echo(f"Written: {given.path}, entries: {given.count}.{_check(decision)}")
    if given.digest:
        click.echo(given.digest)


def _one(decision: str, out: Path, *, facts: bool) -> Given:
    with audit_options.at_desk() as desk:
        return giving_out.decision(desk, decision, out, facts=facts)


def _many(kind: str, narrowed: dict[str, Any], out: Path, *, facts: bool) -> Given:
    wanted = audit_options.wanted(narrowed)
    with audit_options.at_desk() as desk:
        if kind == "parquet":
            return giving_out.tables(desk, wanted, out, facts=facts)
        with audit_options.bar("export") as bar:
            return giving_out.lines(desk, kind, wanted, out, facts=facts, told=bar)


def _check(decision: str | None) -> str:
    return " The file README.txt in it says how to check it." if decision else ""
