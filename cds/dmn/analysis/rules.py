"""Rules and cells without effect: dead rules and alternatives, rules that never match alone, cells that could be `-`."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from cds.dmn.analysis import domains, walk
from cds.dmn.analysis.findings import Finding, Kind, NotProved
from cds.dmn.analysis.subjects import Subject
from cds.dmn.analysis.walk import Box
from cds.dmn.feel import ast
from cds.dmn.model import HitPolicy
from cds.foundation.errors import Severity


def rules(subject: Subject) -> Iterator[Finding]:
    """The findings of each rule; of a rule that is dead nothing else is told."""
    for rule in range(len(subject.lines)):
        dead = [_dead(subject, rule, line) for line in subject.lines[rule]]
        if all(found is True for found in dead):
            yield _dead_rule(subject, rule)
            continue
        for number, (line, found) in enumerate(zip(subject.lines[rule], dead, strict=True), start=1):
            yield from _line(subject, rule, line, number, found)
        yield from _company(subject, rule)
        yield from _outdone(subject, rule)


def _boxes(subject: Subject, line: int) -> list[Box]:
    """The boxes of a line that some input is in."""
    return [box for row in walk.bits(subject.grid.of_line[line]) if all(box := subject.box(row))]


def _rule_boxes(subject: Subject, rule: int) -> list[Box]:
    return [box for line in subject.lines[rule] for box in _boxes(subject, line)]


def _dead(subject: Subject, rule: int, line: int) -> bool | NotProved:
    return subject.covered(_boxes(subject, line), subject.rows(subject.before(rule)))


def _least(subject: Subject, boxes: Sequence[Box], others: Iterable[int]) -> tuple[int, ...]:
    """Of these rules, which together cover the boxes, some that already do: one where one is enough."""
    near = [other for other in others if any(walk.crossing(subject.grid, box, subject.rows([other])) for box in boxes)]
    for one in near:
        if subject.covered(boxes, subject.rows([one])) is True:
            return (one,)
    for one in list(near):
        rest = [other for other in near if other != one]
        if subject.covered(boxes, subject.rows(rest)) is True:
            near = rest
    return tuple(near)


def _dead_rule(subject: Subject, rule: int) -> Finding:
    boxes, (name,) = _rule_boxes(subject, rule), subject.ids([rule])
    if not boxes:
        return _finding(subject, Kind.DEAD, "error", (rule,), f"The rule {name} can never match: some cell of it holds for no value of its input.")
    over = _least(subject, boxes, subject.before(rule))
    text = f"The rule {name} never decides: wherever it matches, {_one_of(subject, over)} comes before it."
    return _finding(subject, Kind.DEAD, "error", (rule, *over), text, boxes=boxes)


def _line(subject: Subject, rule: int, line: int, number: int, dead: bool | NotProved) -> Iterator[Finding]:
    (name,) = subject.ids([rule])
    if isinstance(dead, NotProved):
        yield _unsure(subject, "error", rule, f"Whether the rule {name} ever decides", dead)
    elif dead:
        text = f"Alternative {number} of the rule {name} can never match or is never what decides."
        yield _finding(subject, Kind.DEAD, "error", (rule,), text, boxes=_boxes(subject, line))
    else:
        for cell, tests in subject.table.rows[line][1].items():
            if all(map(domains.is_constant, tests)) and not any(isinstance(test, ast.Anything) for test in tests):
                yield from _redundant(subject, rule, line, cell)


def _redundant(subject: Subject, rule: int, line: int, cell: str) -> Iterator[Finding]:
    """The cell could be `-` where what it keeps out goes to rules that come first, or to another alternative of its rule."""
    levels = subject.grid.levels
    whole = subject.whole()
    freed = {
        tuple(every if level.key.name == cell else cells for level, cells, every in zip(levels, box, whole, strict=True))
        for box in _boxes(subject, line)
    }
    found = subject.covered(sorted(freed), subject.rows([*subject.before(rule), rule]))
    (name,) = subject.ids([rule])
    if isinstance(found, NotProved):
        yield _unsure(subject, "information", rule, f"Whether the rule {name} needs its cell {cell}", found, cell)
    elif found:
        text = f"The rule {name} would give the same without its cell {cell}."
        yield _finding(subject, Kind.REDUNDANT, "information", (rule,), text, cell, boxes=_boxes(subject, line))


def _company(subject: Subject, rule: int) -> Iterator[Finding]:
    """Where one rule decides over others, a rule with company is the ordinary case and not told."""
    if subject.order:
        return
    others = [other for other in range(len(subject.lines)) if other != rule]
    boxes, (name,) = _rule_boxes(subject, rule), subject.ids([rule])
    found = subject.covered(boxes, subject.rows(others))
    if isinstance(found, NotProved):
        yield _unsure(subject, "information", rule, f"Whether the rule {name} ever matches alone", found)
    elif found:
        beside = _least(subject, boxes, others)
        text = f"The rule {name} never matches alone: wherever it does, {_one_of(subject, beside)} does too."
        yield _finding(subject, Kind.NEVER_ALONE, "information", (rule, *beside), text, boxes=boxes)


def _outdone(subject: Subject, rule: int) -> Iterator[Finding]:
    """Under COLLECT MIN and MAX: a rule whose number never changes the result."""
    policy = subject.table.hit_policy
    if policy not in (HitPolicy.COLLECT_MIN, HitPolicy.COLLECT_MAX):
        return
    numbers = [_number(subject, one) for one in range(len(subject.lines))]
    own = numbers[rule]
    sign = 1 if policy is HitPolicy.COLLECT_MAX else -1
    over = [one for one, number in enumerate(numbers) if one != rule and own is not None and number is not None and number * sign >= own * sign]
    boxes, (name,) = _rule_boxes(subject, rule), subject.ids([rule])
    if subject.covered(boxes, subject.rows(over)) is True:
        beside = _least(subject, boxes, over)
        text = f"The rule {name} never changes the result: wherever it matches, {_one_of(subject, beside)} gives as much or outdoes it."
        yield _finding(subject, Kind.REDUNDANT, "information", (rule, *beside), text, boxes=boxes)


def _number(subject: Subject, rule: int) -> Decimal | None:
    entry = subject.table.rules[rule].then.get(subject.table.outputs[0].name)
    return entry.value if isinstance(entry, ast.Constant) and isinstance(entry.value, Decimal) else None


def _one_of(subject: Subject, rules: Sequence[int]) -> str:
    ids = subject.ids(rules)
    return ids[0] if len(ids) == 1 else f"one of {', '.join(ids)}"


def _finding(
    subject: Subject, kind: Kind, severity: Severity, rules: Sequence[int], text: str, cell: str = "", *, boxes: Sequence[Box] = ()
) -> Finding:
    """The finding about the first of these rules."""
    witness = subject.sample(boxes[0]) if boxes else {}
    (about,) = subject.ids(rules[:1])
    return Finding(kind, severity, subject.decision, subject.ids(rules), text, cell, witness, about)


def _unsure(subject: Subject, severity: Severity, rule: int, question: str, answer: NotProved, cell: str = "") -> Finding:
    return Finding(Kind.NOT_ANALYSED, severity, subject.decision, subject.ids([rule]), f"{question} is not proved: {answer.reason}.", cell)
