"""What an evaluation gives: values, every rule that matched, and what was unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cds.dmn.feel.values import Truth
from cds.foundation.errors import CdsError


class HitPolicyViolation(CdsError):
    """Rules matched that the hit policy does not allow together, or a decision that must have a value has none."""


@dataclass(frozen=True)
class RuleResult:
    """One rule: `truth` is None when an unknown input decides; `tested` are the inputs of the alternative that matched."""

    rule: str
    truth: Truth
    tested: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class DecisionResult(NamedTuple):
    """One decision: its value, the ids of the rules that gave it, their outputs, and the rules that matched, then those that stayed open.

    A rule that is not among `results` did not match.
    """

    decision: str
    value: Any
    rules: tuple[str, ...] = ()
    outputs: tuple[Mapping[str, Any], ...] = ()
    results: tuple[RuleResult, ...] = ()

    @property
    def undetermined(self) -> tuple[RuleResult, ...]:
        """The rules that an unknown input kept from matching or not matching."""
        return tuple(result for result in self.results if result.truth is None)


@dataclass(frozen=True)
class Evaluation:
    """All decisions in the order evaluated."""

    decisions: Mapping[str, DecisionResult] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """The value of a decision; None when it is unknown."""
        return self.decisions[name].value
