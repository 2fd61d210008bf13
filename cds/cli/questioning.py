"""`cds release questions`: what of a release waits for a clinician."""

import click

from cds.cli import telling
from cds.service import open_points


@click.command()
@click.argument("version", metavar="V")
@click.option("--name", metavar="CONDITION", help="The condition, where several have that version.")
@telling.as_json
@telling.told
def questions(version: str, name: str | None, as_json: bool) -> None:
    """Print as Markdown what of release V, or of `draft`, waits for a clinician: open questions, references from memory, unchecked codes.

    \b
    Example:
      cds release questions draft
    """
    found = open_points.of(telling.settings(), version, name=name)
    click.echo(telling.document(found) if as_json else open_points.markdown(found), nl=as_json)
