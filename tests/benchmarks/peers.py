"""The same tables and inputs in this engine and in others, each in the environment `var/bench/peers` (`make bench` makes it).

Every engine has compiled its table before the clock runs, and gives every rule that matched with its outputs. What they give is compared
before any rate is told: zen-engine must agree on every input; of another that does not, the row says so and gives no rate.
"""

import json
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from cds.dmn import evaluation
from cds.dmn.model import DecisionModel, DecisionTable
from tests.benchmarks import peers_child, peers_dialects
from tests.benchmarks.peers_tables import Bench

OURS = "back-pain-cds"
FRESH = "back-pain-cds, no result kept"
REFERENCE = "zen-engine"
TARGET = 10.0
"""Our rate over zen-engine's with its trace on."""

ENVIRONMENT = Path("var/bench/peers")
PACKAGES = Path(__file__).with_name("peers.txt")
CHILD = Path(peers_child.__file__)
PATIENCE = 600
"""Seconds of waiting for one engine and one table."""

DIALECTS = {"zen-engine": peers_dialects.zen, "SpiffWorkflow": peers_dialects.python, "pyDMNrules": peers_dialects.sfeel}
WHOLE = frozenset({"zen-engine", "SpiffWorkflow"})
"""The engines that are asked for the outputs of each rule beside its id."""


@dataclass(frozen=True)
class Row:
    """One table in one engine: evaluations a CPU second, how many times the reference's rate that is, or why it cannot."""

    table: str
    engine: str
    rate: float | None = None
    ratio: float | None = None
    cannot: str = ""


class Disagreement(AssertionError):
    """Two engines that must agree do not."""


def rows(benches: Iterable[Bench], *, seconds: float, environment: Path = ENVIRONMENT) -> Iterator[Row]:
    """Every table in every engine, `seconds` of CPU each."""
    for bench in benches:
        found = [Row(bench.name, name, _rate(decide, bench.samples, seconds)) for name, decide in _ours(bench).items()]
        found += [_peer(bench, engine, seconds=seconds, environment=environment) for engine in peers_child.ENGINES]
        reference = next(row.rate for row in found if row.engine == REFERENCE)
        yield from (replace(row, ratio=row.rate / reference) if reference and row.rate else row for row in found)


def _ours(bench: Bench) -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
    """This engine as it is, and as if no result had been kept from an earlier evaluation."""
    decided = bench.table.compiled.decided

    def forgetting(sample: Mapping[str, Any]) -> Any:
        decided.clear()
        return evaluation.evaluate_decision(bench.decision, sample)

    return {OURS: partial(evaluation.evaluate_decision, bench.decision), FRESH: forgetting}


def compile_seconds(model: DecisionModel) -> float:
    """CPU seconds that the tables of a model take to compile, from the tree to functions; each is made when it is first asked for."""
    fresh = [replace(decision.logic) for decision in model.decisions if isinstance(decision.logic, DecisionTable)]
    start = time.process_time()
    for compiled in (table.compiled for table in fresh):
        compiled.decided.clear()
    return time.process_time() - start


def _rate(decide: Callable[[Mapping[str, Any]], Any], samples: Sequence[Mapping[str, Any]], seconds: float) -> float:
    for sample in samples:
        decide(sample)
    return peers_child.rate(decide, list(samples), seconds)


def _peer(bench: Bench, engine: str, *, seconds: float, environment: Path) -> Row:
    python = environment / "bin" / "python"
    if not python.exists():
        return Row(bench.name, engine, cannot="not installed: make bench installs it where it can")
    done = subprocess.run([python, CHILD, engine], input=_job(bench, engine, seconds), capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        return Row(bench.name, engine, cannot=(done.stderr.strip().splitlines() or ["no reason given"])[-1])
    answer = json.loads(done.stdout)
    differing = _differing(bench, engine, answer["results"])
    if differing:
        if engine == REFERENCE:
            raise Disagreement(f"{bench.name}: {engine} differs on {differing} of {len(bench.samples)} inputs")
        return Row(bench.name, engine, cannot=f"gives other rules for {differing} of {len(bench.samples)} inputs")
    return Row(bench.name, engine, answer["rate"])


def _job(bench: Bench, engine: str, seconds: float) -> str:
    literal = peers_dialects.literals(engine)
    table = peers_dialects.document(bench.table, DIALECTS[engine], literal)
    return json.dumps({"table": table, "samples": [peers_dialects.sample(bench.table, values) for values in bench.samples], "seconds": seconds})


def _differing(bench: Bench, engine: str, results: Sequence[Any]) -> int:
    """On how many inputs the other engine gives other rules or outputs; a rule counts once however many of its alternatives match."""
    different = 0
    for values, result in zip(bench.samples, results, strict=True):
        given = evaluation.evaluate_decision(bench.decision, values)
        expected = {rule: tuple(output.values()) for rule, output in zip(given.rules, given.outputs, strict=True)}
        theirs = {rule: peers_dialects.exact(outputs) for rule, outputs in result}
        same = expected == theirs if engine in WHOLE else list(expected) == list(theirs)
        different += not (same and list(expected) == list(theirs))
    return different
