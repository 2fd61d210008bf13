"""What of a release nobody has checked yet: codes of its value sets and references, with the rules that rest on them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cds.facts import FactDefinition
from cds.releases import questions
from cds.releases.loading import json_file
from cds.values.release import Reference, Release

MARK = "/StructureDefinition/code-verification"
UNCHECKED = ("unverified", "from-memory")
FROM_MEMORY = "M"


@dataclass(frozen=True)
class Code:
    """A code of a value set with its mark: `unverified`, or `from-memory`."""

    value_set: str
    system: str
    code: str
    display: str
    mark: str


def codes(folder: Path) -> Iterator[Code]:
    """The codes of the value sets of a release folder that carry the mark of not being checked."""
    for path in sorted((folder / "valuesets").glob("*.json")):
        resource = json_file(path, folder)
        for include in resource.get("compose", {}).get("include", ()):
            mark = next((one["valueCode"] for one in include.get("extension", ()) if one["url"].endswith(MARK)), "")
            for concept in include.get("concept", ()) if mark in UNCHECKED else ():
                yield Code(resource["id"], include["system"], concept["code"], concept.get("display", ""), mark)


def references(release: Release) -> tuple[Reference, ...]:
    """The references of which a part, or all, is from memory."""
    return tuple(one for one in release.references.values() if FROM_MEMORY in one.marks)


def citing(release: Release, reference: str) -> tuple[str, ...]:
    """The ids of the rules that rest on a reference, by themselves or through an evidence key."""
    keys = {reference} | {entry.key for entry in release.evidence.values() if reference in entry.references}
    return tuple(rule.id for rule in release.model.rules().values() if keys & set(rule.source.evidence))


def reading(release: Release, value_set: str) -> tuple[str, ...]:
    """The ids of the rules that test a fact which the value set can set."""
    names = {name for name, fact in release.facts.facts.items() if value_set in _value_sets(fact)}
    return tuple(questions.testing(release.model, names))


def _value_sets(fact: FactDefinition) -> set[str]:
    return {source.value_set for source in (*fact.sources, *((fact.reads,) if fact.reads else ()))}
