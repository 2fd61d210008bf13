"""What a difference says: boxes of input, each with a witness, and what each version gives there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cds.dmn.analysis.findings import NotProved
from cds.dmn.feel import ast


@dataclass(frozen=True)
class Outcome:
    """What a table gives: the rules that give it, and their outputs as the rules have them (without a rule, the default where there is one).

    With `violation` the rules may not match together and the table gives an error.
    """

    rules: tuple[str, ...]
    outputs: tuple[Mapping[str, ast.Expression], ...]
    violation: bool = False


@dataclass(frozen=True)
class Region:
    """A box of input in which two versions of a table decide differently, the same way everywhere in it.

    `cells` are the inputs that bound it, each as the text of a cell (two conditions on one list are joined by `and`); the other inputs may
    be anything. Regions may overlap each other. `certain` is False where the region rests on a test that is not analysable: some input of
    it may not exist.
    """

    decision: str
    cells: Mapping[str, str]
    witness: Mapping[str, Any]
    old: Outcome
    new: Outcome
    certain: bool = True

    @property
    def same_outputs(self) -> bool:
        """Whether only the rule that is named differs, and no output."""
        return self.old.outputs == self.new.outputs and self.old.violation == self.new.violation


@dataclass(frozen=True)
class DecisionDifference:
    """How two versions of a decision differ: in its form, told in sentences, and in what its table decides.

    `not_proved` says what could not be compared; without it the regions are all there are. With `each_rule` the outcomes of a region are
    those of the rules that differ, and other rules may match beside them.
    """

    decision: str
    changes: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    not_proved: tuple[NotProved, ...] = ()
    each_rule: bool = False

    def __bool__(self) -> bool:
        """Whether there is any difference, or none could be excluded."""
        return bool(self.changes or self.regions or self.not_proved)


@dataclass(frozen=True)
class Difference:
    """How two models differ: their inputs, told in sentences, and each decision that differs, in the order of the newer model."""

    inputs: tuple[str, ...]
    decisions: tuple[DecisionDifference, ...]

    def __bool__(self) -> bool:
        """Whether there is any difference, or none could be excluded."""
        return bool(self.inputs or self.decisions)
