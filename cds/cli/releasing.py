"""`cds release`: the life of a release."""

from datetime import datetime
from pathlib import Path

import click

from cds.cli import telling
from cds.cli.differing import diff
from cds.cli.exporting import export
from cds.cli.questioning import questions
from cds.cli.valuesets import valuesets
from cds.service import releases


@click.group()
def release() -> None:
    """Releases of the knowledge: immutable, each file with its digest.

    \b
    Example:
      cds release list
    """


@release.command(name="list")
@telling.as_json
@telling.told
def listed(as_json: bool) -> None:
    """List what has been released, oldest first.

    \b
    Example:
      cds release list --json
    """
    found = releases.available(telling.settings())
    if as_json:
        click.echo(telling.document(found))
        return
    for entry in found:
        period = f"from {entry['from']} until {entry['until'] or 'further notice'}"
        click.echo(f"{entry['name']} {entry['version']}  {entry['status']}  {period}  {entry['digest']}")


@release.command()
@click.argument("version", metavar="V")
@telling.as_json
@telling.told
def show(version: str, as_json: bool) -> None:
    """Show what release V holds, after every file was compared with its digest.

    \b
    Example:
      cds release show 1.0.0
    """
    found = releases.show(telling.settings(), version)
    if as_json:
        click.echo(telling.document(found))
        return
    decisions = found.pop("decisions")
    unverified = found.pop("unverifiedReferences")
    for name, value in found.items():
        click.echo(f"{name}: {value}")
    click.echo("decision tables: " + ", ".join(f"{one['decision']} ({one['rules']})" for one in decisions))
    click.echo("references not verified: " + (", ".join(unverified) or "none"))


@release.command()
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Also print what was proved and what is worth knowing.")
@telling.as_json
@telling.told
def check(path: Path, everything: bool, as_json: bool) -> None:
    """Check the release or draft in the folder PATH and prove its properties; findings on stderr, exit code 1 when there are any.

    \b
    Example:
      cds release check cds/content/low-back-pain/draft
    """
    report = releases.check(path)
    if as_json:
        told = [{"severity": one.severity, "code": one.code, "place": one.expression, "text": one.text} for one in report.told]
        click.echo(telling.document(told))
    else:
        for finding in report.told if everything else (*report.errors, *report.warnings):
            click.echo(telling.line(finding), err=True)
    if not as_json:
        click.echo(f"{_counted(len(report.errors), 'finding', 'findings')}, {_counted(len(report.proved), 'property', 'properties').lower()} proved.")
    if report.errors:
        raise click.exceptions.Exit(telling.FINDING)


def _counted(count: int, one: str, several: str) -> str:
    return f"{count or 'No'} {one if count == 1 else several}"


@release.command()
@click.argument("version", metavar="V")
@click.option("--name", required=True, metavar="CONDITION", help="Folder of the condition under CDS_CONTENT.")
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), help="First day in force; by default today, in UTC, or from now where another release began today."
)
@telling.as_json
@telling.told
def seal(version: str, name: str, day: datetime | None, as_json: bool) -> None:
    """Seal the draft of a condition as release V: compile it, write its manifest, list it. V must not exist yet.

    \b
    Example:
      cds release seal 1.0.1 --name low-back-pain --day 2026-03-01
    """
    sealed = releases.seal(telling.settings(), version, name=name, day=day.date() if day else None)
    click.echo(telling.document(sealed) if as_json else f"Sealed {sealed['name']} {sealed['version']}: {sealed['digest']}")


release.add_command(diff)
release.add_command(export)
release.add_command(questions)
release.add_command(valuesets)
