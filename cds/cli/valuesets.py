"""`cds release valuesets`: the FHIR ValueSets of a draft from the file that names where their codes come from."""

from pathlib import Path

import click

from cds.cli import telling
from cds.service import value_sets


@click.command()
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 when a file is not what its sources say.")
@telling.as_json
@telling.told
def valuesets(path: Path, check: bool, as_json: bool) -> None:
    """Make the value sets of the draft in the folder PATH from its valuesets/sources.yaml.

    Needs the extra `authoring`, for the tables of ICD-10-CM.

    \b
    Examples:
      cds release valuesets cds/content/low-back-pain/draft --check
      cds release valuesets cds/content/low-back-pain/draft
    """
    if not check:
        made = value_sets.make(path)
        click.echo(telling.document({"made": made}) if as_json else "\n".join((*made, f"{len(made)} made.")))
        return
    found = value_sets.differences(path)
    if as_json:
        click.echo(telling.document(found))
    for file, fault in () if as_json else found.items():
        click.echo(f"{file} {fault}.", err=True)
    if found:
        raise click.exceptions.Exit(telling.FINDING)
