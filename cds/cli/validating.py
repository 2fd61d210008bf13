"""`cds validate`: a QuestionnaireResponse in a file against its Questionnaire."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from cds.cli import telling
from cds.foundation.errors import Diagnostic
from cds.service import application, questionnaires
from cds.service import validate as validation

EXISTING = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


@click.command()
@click.argument("response", type=EXISTING)
@click.option("--questionnaire", type=EXISTING, metavar="FILE", help="Its Questionnaire; by default one contained in it, or a released one.")
@telling.as_json
@telling.told
def validate(response: Path, questionnaire: Path | None, as_json: bool) -> None:
    """Check the QuestionnaireResponse in the file RESPONSE (`-` for stdin) against its Questionnaire.

    Prints a line for each problem, with --json an OperationOutcome. Exit code 1 when one of them is an error. Nothing is decided or recorded.

    \b
    Examples:
      cds validate examples/responses/strain-improving.json
      cds validate --json --questionnaire form.json - < response.json
    """
    library = questionnaires.library(application.start(telling.settings(), audited=False))
    found = validation.validate_file(library, _bytes(response), _bytes(questionnaire) if questionnaire else None)
    click.echo(telling.document(validation.outcome(found)) if as_json else _text(found))
    if validation.failed(found):
        raise click.exceptions.Exit(telling.FINDING)


def _text(found: Sequence[Diagnostic]) -> str:
    counts = Counter(one.severity for one in found)
    told = ", ".join(_counted(counts[severity], severity) for severity in ("error", "warning") if counts[severity])
    return "\n".join((*map(telling.line, found), told or ("No error was found." if found else "No problem was found.")))


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _bytes(path: Path) -> bytes:
    with click.open_file(str(path), "rb") as stream:
        content: bytes = stream.read()
        return content
