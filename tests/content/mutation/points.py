"""Prints the inputs that tell surviving mutants from the release, for a reader of the notes to say what should come out.

`python -m tests.content.mutation.points FOLDER OUT [CASES]` writes `OUT/<decision>.yaml` for a release folder: cases without expectation.
CASES is a folder of more cases. Each input is one that some facts bring to the decision.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

from cds.dmn.model import Decision
from cds.releases import loading
from tests.content.mutation import reach, skeletons, suite, tables
from tests.content.mutation.outcomes import Contrast, Given
from tests.content.mutation.tables import Mutant


def cover(decision: Decision, mutants: Iterable[Mutant], inputs: Iterable[Given]) -> list[Given]:
    """Few of the inputs, which together tell all of the mutants that they can tell (greedy set cover)."""
    contrasts = {mutant: Contrast(decision, mutant.decision) for mutant in mutants}
    told = {given: {mutant for mutant, one in contrasts.items() if one.tells(given)} for given in inputs}
    left = {mutant for some in told.values() for mutant in some}
    chosen = []
    while left:
        best = max(told, key=lambda given: len(told[given] & left))
        chosen.append(best)
        left -= told[best]
    return [given for given in told if given in chosen]


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("release", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("cases", type=Path, nargs="?")
    parser.add_argument("--table", action="append", help="only this decision; may be repeated")
    given = parser.parse_args()
    release = loading.draft(given.release, name=given.release.parent.name)
    told = suite.read(release, given.release, *([(given.cases.parent, given.cases.name)] if given.cases else []))
    graph = reach.graph(release.model)
    given.out.mkdir(parents=True, exist_ok=True)
    for decision in release.model.decisions:
        if given.table and decision.name not in given.table:
            continue
        alive = [mutant for mutant in tables.mutants(decision) if not told.kills(mutant)]
        settled = reach.settle(graph, decision, alive)
        shown = [given for given, _ in settled.shown]
        met = [given for given, _ in told.met[decision.name]] if settled.unsettled else []
        points = cover(decision, [mutant for mutant in alive if mutant not in settled.never], [*shown, *met])
        if points:
            (given.out / f"{decision.name}.yaml").write_text(skeletons.text(release, decision.name, [one.values for one in points]), encoding="utf-8")
        counts = f"{len(settled.never)} beyond all facts, {len(settled.unsettled)} open, {len(points)} points"
        print(f"{decision.name}: {len(alive)} alive, {counts}", flush=True)


if __name__ == "__main__":
    main()
