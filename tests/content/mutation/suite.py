"""The cases of a release, evaluated once, and whether one of them fails on a mutant."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cds.dmn import evaluation
from cds.dmn.evaluation import DecisionResult, Evaluation
from cds.dmn.model import RULES, Decision
from cds.foundation.errors import CdsError
from cds.foundation.yaml import Document
from cds.releases import cases, table_cases
from cds.values.release import Release
from tests.content.mutation.outcomes import Contrast, Given
from tests.content.mutation.tables import Mutant

Case = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Told:
    """A case, the values of all that its decisions read, and what they give."""

    case: Case
    values: Mapping[str, Any]
    results: Mapping[str, DecisionResult]


@dataclass(frozen=True, eq=False)
class Suite:
    """All cases of a release, those for one decision first: they are the quicker to fail."""

    release: Release
    told: tuple[Told, ...]

    @cached_property
    def met(self) -> Mapping[str, list[tuple[Given, list[Told]]]]:
        """By decision, each input that it meets in some case, with these cases."""
        found: dict[str, dict[str, tuple[Given, list[Told]]]] = {one.name: {} for one in self.release.model.decisions}
        for told in self.told:
            for name, result in told.results.items():
                values = {read: told.values[read] for read in self.release.model.decision(name).requires if read in told.values}
                found[name].setdefault(repr(values), (Given(values, result), []))[1].append(told)
        return {name: list(inputs.values()) for name, inputs in found.items()}

    def kills(self, mutant: Mutant) -> bool:
        """Whether a case fails on the mutant."""
        return any(self._failing(mutant))

    def shows(self, mutant: Mutant) -> bool:
        """Whether the mutant gives something else for the facts of some case, whatever the case expects."""
        contrast = Contrast(self.release.model.decision(mutant.decision.name), mutant.decision)
        inputs = self.met[mutant.decision.name]
        return any(contrast.tells(given) for given, told in inputs if any(cases.TABLE not in one.case for one in told))

    def _failing(self, mutant: Mutant) -> Iterator[bool]:
        original = self.release.model.decision(mutant.decision.name)
        contrast = Contrast(original, mutant.decision)
        for before, told in self.met[original.name]:
            try:
                after = contrast.changed(before)
                if after is not None:
                    yield from (self._fails(one, original, after) for one in told)
            except CdsError:
                yield True

    def _fails(self, told: Told, original: Decision, after: DecisionResult) -> bool:
        if cases.TABLE in told.case:
            return any(table_cases.compare(told.case, original, after))
        results, values = {**told.results, original.name: after}, dict(told.values)
        return any(any(cases.compare(told.case, Evaluation(results))) for _ in self._downstream(original, results, values))

    def _downstream(self, original: Decision, results: dict[str, DecisionResult], values: dict[str, Any]) -> Iterator[None]:
        """Evaluates again what rests on the changed decision; yields before it begins and when it is done."""
        yield
        changed = {original.name, original.name + RULES}
        values |= _values(results[original.name])
        for decision in self.release.model.decisions:
            if changed.isdisjoint(decision.requires) or decision.name == original.name:
                continue
            result = evaluation.evaluate_decision(decision, values)
            if (result.value, result.rules) != (results[decision.name].value, results[decision.name].rules):
                changed |= {decision.name, decision.name + RULES}
                results[decision.name] = result
                values |= _values(result)
        yield


def read(release: Release, folder: Path, *more: tuple[Path, str]) -> Suite:
    """The cases of a release folder, and those of other folders, each a folder and a folder in it."""
    documents = [*cases.documents(folder), *(document for place, name in more for document in cases.documents(place, name))]
    return Suite(release, tuple(sorted(_told(release, documents), key=lambda one: cases.TABLE not in one.case)))


def _told(release: Release, documents: Iterable[Document]) -> Iterator[Told]:
    files = list(documents)
    bases = {name: base for file in files if Path(file.name).stem == cases.BASES for name, base in file.value.items()}
    for case in [case for file in files if Path(file.name).stem != cases.BASES for case in file.value["cases"]]:
        yield _table(release, case) if cases.TABLE in case else graph(release, case, cases.inputs(release, bases, case))


def _table(release: Release, case: Case) -> Told:
    decision, values = table_cases.decision(release.model, case), table_cases.inputs(release.model, case)
    return Told(case, values, {decision.name: evaluation.evaluate_decision(decision, values)})


def graph(release: Release, case: Case, known: Mapping[str, Any]) -> Told:
    """The whole graph evaluated on facts."""
    results = evaluation.evaluate(release.model, known).decisions
    values: dict[str, Any] = {name: known.get(name) for name in release.model.inputs}
    for result in results.values():
        values |= _values(result)
    return Told(case, values, results)


def _values(result: DecisionResult) -> dict[str, Any]:
    return {result.decision: result.value, result.decision + RULES: result.rules}
