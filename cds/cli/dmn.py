"""`cds dmn`: models of decisions in DMN's own files, also ones that are not ours."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from cds.cli import telling
from cds.dmn import results, typing
from cds.dmn.analysis.findings import Finding
from cds.dmn.model import DecisionModel
from cds.foundation.errors import CdsError
from cds.releases import proving
from cds.service import model_checks, models

EXISTING = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
INDENT = "  "
INFORMATION = "information"
NO_INPUTS = b"{}"


@click.group()
def dmn() -> None:
    """Decision models as DMN 1.3, 1.4 and 1.5 write them.

    \b
    Example:
      cds dmn check model.dmn
      cds dmn run model.dmn --decision Approval --input applicant.json
    """


@dmn.command()
@click.argument("model", type=EXISTING, metavar="MODEL.dmn")
@click.option("--all", "everything", is_flag=True, help="Also print what is only worth knowing: cells and rules that could be left out.")
@telling.as_json
@telling.told
def check(model: Path, everything: bool, as_json: bool) -> None:
    """Look for gaps, overlaps and rules without effect in MODEL.dmn, each with an input that shows it; findings on stderr.

    Every input may also be unknown (null). Exit code 1 when there is an error: rules that match together where the hit policy
    forbids it, or a rule that never decides. A gap, which gives null in DMN, and what could not be proved are warnings.

    \b
    Examples:
      cds dmn check model.dmn
      cds dmn check model.dmn --all --json
    """
    found = model_checks.check(models.load(_bytes(model), model.name))
    shown = [one for one in found if everything or one.severity != INFORMATION]
    count = Counter(one.severity for one in found)
    if as_json:
        click.echo(f"[{', '.join(map(_finding, shown))}]")
    else:
        for one in shown:
            click.echo(telling.readable(f"{one.severity}: {one.decision}: {proving.told(one)}"), err=True)
        hidden = f"; {len(found) - len(shown)} more with --all" if len(found) > len(shown) else ""
        click.echo(f"{_counted(count['error'], 'error')}, {_counted(count['warning'], 'warning').lower()}{hidden}.")
    if count["error"]:
        raise click.exceptions.Exit(telling.FINDING)


def _counted(count: int, what: str) -> str:
    return f"{count or 'No'} {what}{'' if count == 1 else 's'}"


def _finding(one: Finding) -> str:
    about = {"severity": one.severity, "kind": one.kind.value, "decision": one.decision, "rules": one.rules, "cell": one.cell, "text": one.text}
    return f'{telling.document(about, indent=None)[:-1]}, "witness": {typing.json_text(one.witness)}}}'


@dmn.command()
@click.argument("model", type=EXISTING, metavar="MODEL.dmn")
@click.option("--decision", metavar="NAME", help="Which decision; by default the only one of the model.")
@click.option("--input", "given", type=EXISTING, metavar="FILE", help="Input values by name as one JSON object (`-` for stdin); none are unknown.")
@click.option("--cases", type=EXISTING, metavar="FILE.ndjson", help="Many cases, one a line (`-` for stdin); prints one answer a line, in order.")
@telling.as_json
@telling.told
def run(model: Path, decision: str | None, given: Path | None, cases: Path | None, as_json: bool) -> None:
    """Run a decision of MODEL.dmn, and of what it requires.

    An input that is left out is unknown (null). Dates, times and durations are ISO 8601 text; a number may be text.
    A case is {"decision": name, "inputs": {...}}; its answer {"value": ...}, or {"error": ...} and exit code 1 at the end.

    \b
    Examples:
      cds dmn run model.dmn --decision Approval --input applicant.json
      cds dmn run model.dmn --cases cases.ndjson > answers.ndjson
    """
    if given and cases:
        raise click.UsageError("Give --input FILE or --cases FILE.ndjson, not both.")
    loaded = models.load(_bytes(model), model.name)
    if cases:
        raise click.exceptions.Exit(_run_lines(loaded, cases, decision))
    try:
        answer = models.answer(loaded, _bytes(given) if given else NO_INPUTS, decision=decision)
    except results.HitPolicyViolation as error:
        click.echo(_told(error), err=True)
        raise click.exceptions.Exit(telling.FINDING) from error
    click.echo(_json(answer) if as_json else telling.readable(_plain(answer)))


def _bytes(path: Path) -> bytes:
    with click.open_file(str(path), "rb") as stream:
        content: bytes = stream.read()
        return content


def _run_lines(model: DecisionModel, path: Path, decision: str | None) -> int:
    """Prints a line for each case; the exit code."""
    failed = False
    with click.open_file(str(path), "rb") as stream:
        for line in stream:
            if line.strip():
                told, good = _answered(model, line, decision)
                failed = failed or not good
                click.echo(told)
    return telling.FINDING if failed else 0


def _answered(model: DecisionModel, line: bytes, decision: str | None) -> tuple[str, bool]:
    try:
        return f'{{"value": {models.answer(model, line, decision=decision).text}}}', True
    except CdsError as error:
        return telling.document({"error": _told(error)}, indent=None), False


def _told(error: CdsError) -> str:
    return "; ".join(telling.line(diagnostic) for diagnostic in error.diagnostics())


def _json(answer: models.Answer) -> str:
    name, rules = (telling.document(part, indent=None) for part in (answer.decision, answer.rules))
    return f'{{"decision": {name}, "value": {answer.text}, "rules": {rules}}}'


def _plain(answer: models.Answer) -> str:
    rules = [f"Rules that matched: {', '.join(answer.rules)}"] if answer.rules else []
    return "\n".join([*_lines(answer.decision, answer.value), *rules])


def _lines(name: str, value: Any) -> Iterator[str]:
    """`name: value`, or the parts of the value under its name."""
    parts = list(_parts(value))
    if not parts:
        yield f"{name}: {value if isinstance(value, str) and value else _text(value)}"
        return
    yield f"{name}:"
    for part, inner in parts:
        yield from (INDENT + line for line in _lines(part, inner))


def _text(value: Any) -> str:
    return "null (unknown)" if value is None else typing.json_text(value)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((str(name), inner) for name, inner in value.items())
    elif isinstance(value, tuple):
        yield from ((str(number), inner) for number, inner in enumerate(value, start=1))
