"""`cds release export`: the knowledge of one release for other systems."""

import re
from pathlib import Path

import click

from cds.cli import telling, writing
from cds.service import knowledge

BASE = re.compile(r"https?://[^\s/|#?]+(/[^\s|#?]*)?")


@click.command()
@click.argument("version", metavar="V")
@click.option("--format", "kind", required=True, type=click.Choice(["fhir"]), help="What to write.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="A file for each resource, in this folder.")
@click.option("--base", metavar="URL", default="", help="Canonical base to publish under; by default that of the content.")
@click.option("--force", is_flag=True, help="Overwrite what is in DIR.")
@telling.as_json
@telling.told
def export(version: str, kind: str, out: Path | None, base: str, force: bool, as_json: bool) -> None:
    """Export release V, a version, `draft` or the folder of a release, as FHIR R4 resources.

    Without --out they go to standard output in one Bundle. --json prints the names of the files that were written.

    \b
    Examples:
      cds release export 1.0.0 --format fhir
      cds release export 1.0.0 --format fhir --out fhir --base https://example.org/fhir
    """
    if base and not BASE.fullmatch(base):
        raise click.UsageError("--base is a URL without query, such as https://example.org/fhir.")
    resources = knowledge.exported(telling.settings(), version, base=base.rstrip("/"))
    if out is None:
        click.echo(telling.document(knowledge.collected(resources)))
        return
    files = {out / knowledge.file_name(one): (telling.document(one) + "\n").encode() for one in resources}
    writing.files(files, force=force)
    names = [str(path) for path in files]
    click.echo(telling.document({"written": names}) if as_json else f"Written: {len(names)} files in {out}")
