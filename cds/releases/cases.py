"""Cases beside the tables: clinical sentences with facts and expected results, run against the release."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from cds.dmn import evaluation
from cds.dmn.evaluation import Evaluation
from cds.foundation import canonical, yaml
from cds.foundation.errors import CdsError, ContentError, Diagnostic
from cds.foundation.yaml import Document
from cds.releases import table_cases
from cds.releases.documents import read, require_valid
from cds.releases.table_cases import UNKNOWN
from cds.values.release import Release

BASES = "bases"
FOLDER = "cases"
TABLE = "table"
"""What a case for one decision has, and a case for the whole graph has not."""


def documents(folder: Path, cases: str = FOLDER) -> Iterator[Document]:
    """The case files of a release folder, or of another folder in it, each checked against its schema."""
    for path in sorted((folder / cases).glob("*.yaml")):
        document = yaml.parse(read(path, folder), name=str(path.relative_to(folder)))
        require_valid("bases" if path.stem == BASES else "case", document)
        yield document


def failures(release: Release, folder: Path, cases: str = FOLDER) -> Iterator[Diagnostic]:
    """One finding for each expectation that the release does not meet."""
    files = {Path(document.name).stem: document for document in documents(folder, cases)}
    bases = files.pop(BASES).value if BASES in files else {}
    for document in files.values():
        for index, case in enumerate(document.value["cases"]):
            for text in _differences(release, bases, case):
                yield Diagnostic("error", "business-rule", f"{case['case']}: {text}", document.place("cases", index))


def _differences(release: Release, bases: Mapping[str, Any], case: Mapping[str, Any]) -> list[str]:
    try:
        if TABLE in case:
            return table_cases.differences(release.model, case)
        return list(compare(case, evaluation.evaluate(release.model, inputs(release, bases, case))))
    except CdsError as error:
        return [error.text]


def inputs(release: Release, bases: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a case over its base; `unknown` takes a fact away. Gates that are closed give their value."""
    if case["base"] not in bases:
        raise ContentError(f"The base {case['base']} is not in cases/{BASES}.yaml.")
    said = {"response-status": "completed", "conflicts": [], **bases[case["base"]], **case.get("facts", {})}
    strangers = said.keys() - release.facts.facts.keys()
    if strangers:
        raise ContentError(f"The case names {', '.join(sorted(strangers))}, which facts.yaml does not have.")
    known = {name: table_cases.typed(name, release.model.inputs[name], text) for name, text in said.items() if text != UNKNOWN}
    for fact in release.facts.facts.values():
        if fact.not_applicable and fact.name not in said and any(gate.closed(known.get(gate.fact)) for gate in fact.gates):
            known[fact.name] = fact.not_applicable
    return known


def compare(case: Mapping[str, Any], result: Evaluation) -> Iterator[str]:
    """What differs between the expectation and the evaluation."""
    given = {rule for decision in result.decisions.values() for rule in decision.rules}
    expect = case["expect"]
    for name, wanted in expect.get("values", {}).items():
        if name not in result.decisions:
            raise ContentError(f"The case expects {name}, which is no decision.")
        found = _text(result.value(name))
        if found != _wanted(wanted):
            yield f"{name} is {found}, expected {wanted}"
    for rule in expect.get("rules", ()):
        if rule not in given:
            yield f"the rule {rule} did not match"
    for rule in expect.get("not", ()):
        if rule in given:
            yield f"the rule {rule} matched"


def _text(value: Any) -> str:
    plain = canonical.plain(value)
    return UNKNOWN if plain is None else str(plain)


def _wanted(text: str) -> str:
    try:
        return _text(Decimal(text))
    except ArithmeticError:
        return text
