"""Asks z3 whether a condition can hold. The only module that knows z3, which is loaded when the first question is put.

The bound is z3's own count of its work, not a time: the same question has the same answer on every machine.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from cds.dmn.analysis.findings import NotProved
from cds.dmn.analysis.symbolic.numbers import Polynomial
from cds.dmn.analysis.symbolic.terms import FALSE, Condition, Has, Is, Leaf, Negative, Terms, Variable

EFFORT = 20_000_000
"""How much of z3's work one question may cost; those of a release cost a hundredth of it or less."""

PRECISION = 20
"""Decimal places to which a number that is a root is taken."""

ABSENT = "z3 is not installed; install the extra `proofs`: pip install 'back-pain-cds[proofs]'"
GIVEN_UP = "z3 gave up within its bound of work"


@dataclass(frozen=True)
class Never:
    """The condition holds for no input."""


@dataclass(frozen=True)
class Possible:
    """Inputs for which it holds: the truth of the leaves it rests on, and the numbers."""

    leaves: Mapping[Leaf, bool]
    numbers: Mapping[str, Fraction]


Answer = Never | Possible | NotProved


def installed() -> bool:
    """Whether z3 is there to be asked."""
    try:
        import z3  # noqa: F401, PLC0415
    except ImportError:
        return False
    return True


class Solver:
    """z3 for the conditions of some terms. Each question is put to a solver of its own, so that no answer depends on those before."""

    def __init__(self, terms: Terms, *, effort: int = EFFORT) -> None:
        self.terms = terms
        self.effort = effort

    def possible(self, condition: Condition) -> Answer:
        """Whether the condition can hold, and for which inputs."""
        if condition == FALSE:
            return Never()
        try:
            import z3  # noqa: PLC0415
        except ImportError:
            return NotProved(ABSENT)
        asked = z3.SimpleSolver(ctx=z3.Context())
        asked.set("rlimit", self.effort)
        cone = self.terms.cone([condition])
        asked.from_string("\n".join(_Script(self.terms, cone).lines(condition)))
        found = asked.check()
        if found == z3.unsat:
            return Never()
        if found != z3.sat:
            return NotProved(f"{GIVEN_UP} ({asked.reason_unknown()})")
        return self._possible(z3, asked.model(), cone)

    def _possible(self, z3: Any, model: Any, cone: list[int]) -> Possible:
        """The model; what does not matter is false or zero."""
        leaves = _leaves(self.terms, cone)
        flags = {leaf: z3.Bool(f"n{node}", model.ctx) for node, leaf in leaves.items() if not isinstance(leaf, Negative)}
        truths: dict[Leaf, bool] = {leaf: bool(z3.is_true(model.eval(flag))) for leaf, flag in flags.items()}
        names = [name for name in _about(leaves.values()) if name in self.terms.variables]
        return Possible(truths, {name: self._number(z3, model, name) for name in names})

    def _number(self, z3: Any, model: Any, name: str) -> Fraction:
        sort = z3.Int if self.terms.variables[name].integer else z3.Real
        found = model.eval(sort(_symbol(name), model.ctx), model_completion=True)
        return _fraction(found.approx(PRECISION) if z3.is_algebraic_value(found) else found)


def _fraction(number: Any) -> Fraction:
    return Fraction(number.as_long() if number.is_int() else number.as_fraction())


class _Script:
    """Conditions in the language of SMT-LIB 2.6: a constant for each leaf, a definition for each conjunction."""

    def __init__(self, terms: Terms, cone: list[int]) -> None:
        self.terms = terms
        self.cone = cone
        self.leaves = _leaves(terms, cone)

    def lines(self, condition: Condition) -> Iterator[str]:
        """Declarations, what is always so of the inputs, definitions, and the question."""
        for name in _about(self.leaves.values()):
            yield from self._number(self.terms.variables[name]) if name in self.terms.variables else ()
        yield from (f"(declare-const n{node} Bool)" for node, leaf in self.leaves.items() if not isinstance(leaf, Negative))
        for name in _about(self.leaves.values()):
            yield from _one_of(self.terms.choices.get(name, ()))
        yield from (self._definition(node) for node in self.cone if not isinstance(self.terms.nodes[node], Is | Has))
        yield f"(assert {_literal(condition)})"

    def _number(self, found: Variable) -> Iterator[str]:
        name = _symbol(found.name)
        yield f"(declare-const {name} {'Int' if found.integer else 'Real'})"
        yield from (f"(assert (>= {name} {_constant(end)}))" for end in (found.minimum,) if end is not None)
        yield from (f"(assert (<= {name} {_constant(end)}))" for end in (found.maximum,) if end is not None)

    def _definition(self, node: int) -> str:
        parts = self.terms.nodes[node]
        if isinstance(parts, tuple):
            return f"(define-fun n{node} () Bool (and true {' '.join(map(_literal, parts))}))"
        if isinstance(parts, Negative):
            return f"(define-fun n{node} () Bool (< {self._sum(parts.polynomial)} 0))"
        raise TypeError(node)

    def _sum(self, polynomial: Polynomial) -> str:
        parts = (f"(* {' '.join([_constant(coefficient), *map(_symbol, monomial)])} 1)" for monomial, coefficient in polynomial.parts)
        return f"(+ {' '.join(parts)} 0)"


def _leaves(terms: Terms, cone: Iterable[int]) -> dict[int, Leaf]:
    """The leaves of a cone by node, with all values of each input of which it has one."""
    found: dict[int, Leaf] = {}
    for node in cone:
        leaf = terms.nodes[node]
        if not isinstance(leaf, tuple):
            found[node] = leaf
        if isinstance(leaf, Is):
            found |= {other: value for other in terms.choices.get(leaf.variable, ()) if isinstance(value := terms.nodes[other], Is)}
    return found


def _one_of(nodes: tuple[Condition, ...]) -> Iterator[str]:
    """Exactly one of the values of an input."""
    if len(nodes) > 1:
        yield f"(assert (or {' '.join(map(_literal, nodes))}))"
        yield from (f"(assert (or {_literal(-one)} {_literal(-other)}))" for one, other in itertools.combinations(nodes, 2))


def _about(leaves: Iterable[Leaf]) -> dict[str, None]:
    """The inputs that the leaves are about, in order."""
    found: dict[str, None] = {}
    for leaf in leaves:
        found |= dict.fromkeys(leaf.polynomial.variables if isinstance(leaf, Negative) else (leaf.variable,))
    return found


def _symbol(name: str) -> str:
    """A name of any text, as a symbol."""
    return "v" + name.encode().hex()


def _literal(condition: Condition) -> str:
    return f"n{condition}" if condition > 0 else f"(not n{-condition})"


def _constant(number: Fraction) -> str:
    whole = str(number.numerator) if number >= 0 else f"(- {-number.numerator})"
    return whole if number.denominator == 1 else f"(/ {whole} {number.denominator})"
