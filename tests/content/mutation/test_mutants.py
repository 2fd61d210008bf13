"""Every mutant of a draft that is being edited and of the newest sealed release fails a case, or gives the same for every input."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cds.releases import catalogue, loading
from tests.content.conftest import CONTENT, EDITED, SEALED
from tests.content.mutation import reach, suite, tables
from tests.content.mutation.suite import Suite

ADDED = Path(__file__).parents[1]
"""Where a folder by the name of a version holds the cases that were added after sealing."""

NEWEST = list(dict(SEALED).items())
"""The last version of each condition; the catalogue lists the oldest first."""


@pytest.fixture(scope="module", params=[*EDITED, *NEWEST], ids=" ".join)
def cases(request: pytest.FixtureRequest) -> Suite:
    """The cases of one release, those added in this folder included."""
    name, version = request.param
    folder = CONTENT / name / version
    release = loading.draft(folder, name=name) if version == catalogue.DRAFT else loading.sealed(folder, name=name, status="active")
    return suite.read(release, folder, *([(ADDED, version)] if (ADDED / version).is_dir() else []))


def test_every_mutant_fails_a_case_or_gives_the_same_for_all_facts(cases: Suite, tell: Callable[[str], None]) -> None:
    model = cases.release.model
    graph = reach.graph(model)
    total, same, survivors = 0, 0, []
    for decision in model.decisions:
        mutants = list(tables.mutants(decision))
        alive = [mutant for mutant in mutants if not cases.kills(mutant)]
        never = set(reach.settle(graph, decision, alive).never)
        assert [str(mutant) for mutant in never if cases.shows(mutant)] == []
        total, same = total + len(mutants), same + len(never)
        survivors += [str(mutant) for mutant in alive if mutant not in never]
    killed = total - same - len(survivors)
    tell(f"{cases.release.name} {cases.release.version}: {total} mutants, {killed} killed, {same} equivalent, {len(survivors)} alive")
    assert not survivors, "\n".join(survivors)
