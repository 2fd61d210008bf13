"""What an analysis says of a table or a graph: findings, each with an input that shows it, and what could not be proved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from cds.foundation.errors import Severity


class Kind(Enum):
    """What was found.

    `gap`: an input for which no rule matches. `overlap`: rules that match together under UNIQUE. `disagreement`: rules that match
    together under ANY and differ in an output. `dead`: a rule, or one of its alternatives, that never decides. `never-alone`: a rule
    that only matches beside others. `redundant`: a cell that could be `-`. `not-analysed`: what could not be proved, with the reason.
    """

    GAP = "gap"
    OVERLAP = "overlap"
    DISAGREEMENT = "disagreement"
    DEAD = "dead"
    NEVER_ALONE = "never-alone"
    REDUNDANT = "redundant"
    NOT_ANALYSED = "not-analysed"


@dataclass(frozen=True)
class Finding:
    """One finding in one decision, with the ids of its rules in the order of the table.

    `cell` is the input (or output) that it is about, empty when it is about whole rules. `witness` is an input of the table, or the
    facts of a graph, that shows it, None being unknown; it is empty where no input can show it, as for a rule that never matches.
    `about` is the rule that is judged where `rules` also names those beside it.
    """

    kind: Kind
    severity: Severity
    decision: str
    rules: tuple[str, ...]
    text: str
    cell: str = ""
    witness: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""

    @property
    def rule(self) -> str:
        """The rule that is judged, the later one of a pair; empty where the finding is about the whole decision."""
        return self.about or (self.rules[-1] if self.rules else "")


@dataclass(frozen=True)
class NotProved:
    """A question without an answer, and why: neither a proof nor a witness was found."""

    reason: str
