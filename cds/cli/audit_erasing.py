"""`cds audit erase`: forgets a patient; the log stays valid."""

from typing import Any

import click

from cds.cli import audit_options, telling
from cds.service import keeping
from cds.service.keeping import Sealed

LEFT = (
    "Facts, cards, and who the patient is are then unreadable for everybody, for good. What stays: when and where it was decided, by which release, "
    "the rules that matched, the urgency, and what was done with the cards, under a pseudonym. The ledger stays valid."
)
BACKUPS = "Backups from before still have the key: delete them in time. docs/how-to/back-up-the-ledger.md says more."


@click.command()
@audit_options.patient
@audit_options.client
@audit_options.tenant
@click.option(
    "--decision", metavar="ID", callback=audit_options.given, help="The patient of this decision; of one about nobody, that decision alone."
)
@audit_options.yes
@telling.as_json
@audit_options.told
def erase(decision: str | None, *, yes: bool, as_json: bool, **narrowed: Any) -> None:
    """Erase a patient: destroy the key of the facts, under every pseudonym that there was. It asks first, and cannot be undone.

    \b
    Examples:
      cds audit erase --patient Patient/7 --client ward
      cds audit erase --decision 7c9e6679-7425-40de-944b-e07fc1f90ae7 --yes
    """
    if (decision is None) == (narrowed["patient"] is None) or (decision is not None and any(narrowed.values())):
        raise click.UsageError("Give --patient, with --client for a registered client, or --decision.")
    if as_json and not yes:
        raise click.UsageError("--json does not ask: give --yes too.")
    with audit_options.at_desk() as desk:
        found = keeping.reached(desk, audit_options.wanted(narrowed), decision or "")
        if found.open and not yes:
            _ask(found)
        erased = keeping.erase(desk, found) if found.open else 0
    if as_json:
        click.echo(telling.document({"decisions": found.decisions, "erased": erased}))
    elif not found.open:
        click.echo(f"Nothing to do: erased already are all decisions about this patient, {found.decisions}.")
    else:
        click.echo(f"Sealed for good: decisions {erased}. {BACKUPS}")


def _ask(found: Sealed) -> None:
    audit_options.warn(f"Decisions about this patient: {found.decisions}. Of these will be sealed for good: {found.open}.\n{LEFT}")
    click.confirm("Erase?", abort=True, err=True)
