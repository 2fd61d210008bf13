"""The rows of the clinical notes that are no rule of a release (`exceptions.yaml`), each with its reason."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cds.foundation import yaml
from cds.foundation.errors import Diagnostic
from cds.releases import documents
from cds.values.release import Release

FILE = "exceptions.yaml"
SPLIT = re.compile(r"\.\d+$")
"""What the id of a rule has after that of the row of the notes, where one row became several rules."""


def read(folder: Path) -> list[dict[str, Any]]:
    """The entries of the file, none where a release has no such file. ContentError names the line that breaks the schema."""
    if not (folder / FILE).exists():
        return []
    document = yaml.parse(documents.read(folder / FILE, folder), name=FILE)
    documents.require_valid("exceptions", document)
    return list(document.value["exceptions"])


def findings(release: Release, folder: Path) -> Iterator[Diagnostic]:
    """An exception for a row that the release has, one said twice, and a stand-in that the release does not have."""
    rules = set(release.model.rules())
    known = rules | {decision.name for decision in release.model.decisions} | release.facts.facts.keys() | release.value_sets.keys()
    held = known | {SPLIT.sub("", rule) for rule in rules}
    seen: set[str] = set()
    for entry in read(folder):
        row = entry["row"]
        if row in held:
            yield _finding(f"The row {row} is in the release, so it is no exception.")
        if row in seen:
            yield _finding(f"The row {row} is an exception twice.")
        seen.add(row)
        for name in entry.get("instead", ()):
            if name not in known:
                yield _finding(f"In place of the row {row} stands {name}, which is no rule, decision, fact or value set.")


def _finding(text: str) -> Diagnostic:
    return Diagnostic("error", "business-rule", text, FILE)
