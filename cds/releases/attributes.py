"""Reads `attributes.yaml` of a release: developer, funding, intended use, inputs, limits and gaps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cds.facts import FactDefinitions
from cds.foundation import yaml
from cds.foundation.errors import ContentError
from cds.releases.documents import read as text_of
from cds.releases.documents import require_valid

FILE = "attributes.yaml"


def read(folder: Path, facts: FactDefinitions) -> Mapping[str, Any] | None:
    """The attributes as written, valid by their schema; None where the release states none, as those before 1.1.0 do not.

    ContentError names an input that is said to be used by a fact which the release does not have.
    """
    path = folder / FILE
    if not path.exists():
        return None
    document = yaml.parse(text_of(path, folder), name=FILE)
    require_valid("attributes", document)
    for index, entry in enumerate(document.value["inputs"]):
        for name in entry.get("facts", ()):
            if name not in facts.facts:
                raise ContentError(
                    f"{entry['attribute']} is used by {name}, which is no fact of facts.yaml.", expression=document.place("inputs", index)
                )
    value: Mapping[str, Any] = document.value
    return value
