"""What is published of one release, and the addresses of its parts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cds.dmn.model import Decision, DecisionTable, LiteralExpression
from cds.values.release import Release

Resource = dict[str, Any]

FEEL = "https://www.omg.org/spec/DMN/20230324/FEEL/"
"""The name that DMN 1.5 gives its expression language (7.3.1)."""


@dataclass(frozen=True)
class Predecessor:
    """The release before: its version and digest, and the names of its tables."""

    version: str
    digest: str
    tables: frozenset[str]


@dataclass(frozen=True)
class Publication:
    """A release with its files as they stand in its folder.

    `manifest` is empty for a draft. `start` and `end` bound the days in force, the end exclusive, and are empty where open.
    """

    release: Release
    value_sets: Mapping[str, Mapping[str, Any]]
    manifest: Mapping[str, Any] = field(default_factory=dict)
    start: str = ""
    end: str = ""
    predecessor: Predecessor | None = None

    @property
    def base(self) -> str:
        """The canonical base of the content: that of its questionnaire."""
        return str(self.release.questionnaire["url"]).rpartition("/Questionnaire/")[0]

    def url(self, kind: str, name: str) -> str:
        """The canonical of an artifact, without a version."""
        return f"{self.base}/{kind}/{name}"

    def canonical(self, kind: str, name: str) -> str:
        """The canonical of an artifact of this release."""
        return f"{self.url(kind, name)}|{self.release.version}"

    def plan(self, table: str) -> str:
        """The id of the PlanDefinition of a table."""
        return f"{self.release.name}-{table}"

    def tables(self) -> Iterator[tuple[Decision, DecisionTable]]:
        """The decision tables, each after those that it requires."""
        for decision in self.release.model.decisions:
            if isinstance(decision.logic, DecisionTable):
                yield decision, decision.logic

    def literals(self) -> Iterator[tuple[Decision, LiteralExpression]]:
        """The decisions that are one expression, in the same order."""
        for decision in self.release.model.decisions:
            if isinstance(decision.logic, LiteralExpression):
                yield decision, decision.logic

    def extension(self, name: str, **value: Any) -> Resource:
        """An extension of our own base; `value` is its one value[x], or `extension`."""
        return {"url": self.url("StructureDefinition", name), **value}

    def feel(self, text: str, *, description: str = "") -> Resource:
        """An Expression in FEEL.

        HL7's JSON Schema allows three codes of `language`, none of them FEEL's, so that the language is named by an extension.
        """
        language = {"_language": {"extension": [self.extension("expression-language", valueUri=FEEL)]}}
        return ({"description": description} if description else {}) | language | {"expression": text}
