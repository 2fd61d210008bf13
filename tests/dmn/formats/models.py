"""Random models as our tables can hold them: tables that read facts, other decisions and the rules that these gave, and expressions."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from cds.dmn.feel import ast, parser
from cds.dmn.formats import yaml
from cds.dmn.model import LIST, RULES, Clause, Decision, DecisionModel, DecisionTable, HitPolicy, ItemDefinition, LiteralExpression, Rule, Source

FACTS = {
    "trend": ItemDefinition("string", ("better", "same", "worse")),
    "pain": ItemDefinition("integer", (), Decimal(0), Decimal(10)),
    "signs": ItemDefinition(LIST, ("cough", "sit", "none at all")),
    "pain score": ItemDefinition("number"),
    "note": ItemDefinition("string"),
    "runs": ItemDefinition("boolean"),
}
URGENCY = ItemDefinition("string", ("none", "routine", "urgent"), name="urgency")
OUTPUTS = {
    "urgency": URGENCY,
    "rank": ItemDefinition("integer", (), Decimal(0), Decimal(4), name="rank"),
    "codes": ItemDefinition(LIST, name="codes"),
    "advice": ItemDefinition("string"),
}
RANKED = (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)
EXPRESSIONS = (
    ('if pain > 3 then "urgent" else null', URGENCY),
    ('if list contains(signs, "cough") then "routine" else "none"', URGENCY),
    ("count(signs) + pain score", ItemDefinition("number")),
    ("[pain, 1][item != null]", ItemDefinition("list of string", name="numbers")),
)

PRINTABLE = st.characters(exclude_categories=["Cs", "Cc", "Cn"])
TEXTS = st.text(PRINTABLE | st.sampled_from("\n'\":#,;[]{} -"), max_size=20)
"""Any text that XML and YAML can hold."""

WORDS = st.sampled_from(["better", "two words", "unknown", "null", "yes", "1", "a, b", '"q"', "€"])
NUMBERS = st.integers(-1, 11).map(Decimal) | st.sampled_from([Decimal("3.5"), Decimal("-0.25")])


def values(item: ItemDefinition) -> st.SearchStrategy[Any]:
    """A known value of the type."""
    if item.base == "boolean":
        return st.booleans()
    if item.minimum is not None and item.maximum is not None:
        return st.integers(int(item.minimum), int(item.maximum)).map(Decimal)
    if item.base == "number":
        return NUMBERS
    words = st.sampled_from(item.allowed) if item.allowed else WORDS
    return st.lists(words, max_size=3, unique=True).map(tuple) if item.base == LIST else words


INPUTS = st.fixed_dictionaries({}, optional={name: st.none() | values(item) for name, item in FACTS.items()})
"""What is known of a patient."""


def tests(item: ItemDefinition) -> st.SearchStrategy[ast.UnaryTest]:
    """One test that the type allows."""
    if item.base == LIST:
        return (st.sampled_from(item.allowed) if item.allowed else WORDS).map(ast.Contains)
    known = values(item).map(ast.Equals)
    if item.base not in ("integer", "number"):
        return known
    compared = st.builds(ast.Compare, st.sampled_from(["<", "<=", ">", ">="]), NUMBERS)
    within = st.builds(ast.Interval, NUMBERS, NUMBERS, st.booleans(), st.booleans())
    limit = st.just(ast.Satisfies(ast.Binary(">=", ast.Name("?"), ast.Name("pain score"))))
    return st.one_of(known, compared, within, limit)


def cells(item: ItemDefinition) -> st.SearchStrategy[ast.UnaryTests]:
    """A cell; a `not` says what unknown does."""
    unknown = [ast.Unknown()] if item.nullable else []
    several = st.lists(st.one_of(tests(item), *map(st.just, unknown)), min_size=1, max_size=3).map(tuple)
    negated = st.lists(tests(item), min_size=1, max_size=2).map(lambda found: (ast.Not((*found, *unknown)),))
    beside = st.lists(tests(item), min_size=1, max_size=2).map(lambda found: (ast.Not(tuple(found)), *unknown))
    return st.one_of(several, negated, beside, st.just((ast.Anything(),)))


def entries(clause: Clause) -> st.SearchStrategy[ast.Expression]:
    """What an output may give."""
    item = clause.item
    if clause.values:
        return st.sampled_from(clause.values).map(ast.Constant)
    if item.base == LIST:
        return st.lists(WORDS.map(ast.Constant), max_size=2).map(lambda found: ast.ListOf(tuple(found)))
    if item.base == "string":
        return values(item).map(ast.Constant)
    return st.one_of(values(item).map(ast.Constant), st.just(ast.Name("pain")), st.just(ast.Constant(None)))


@st.composite
def sources(draw: st.DrawFn) -> Source:
    """A reason, keys and marks."""
    keys = st.lists(st.text(PRINTABLE, min_size=1, max_size=5), max_size=2).map(tuple)
    return Source(draw(TEXTS), draw(keys), draw(keys), draw(TEXTS), draw(TEXTS))


@st.composite
def rules(draw: st.DrawFn, identifier: str, inputs: list[Clause], outputs: list[Clause], policy: HitPolicy) -> Rule:
    """A rule with one to three alternatives; what is ranked gives every output, as a constant."""
    row = st.fixed_dictionaries({}, optional={clause.name: cells(clause.item) for clause in inputs})
    alternatives = st.lists(row, min_size=1, max_size=3) if inputs else st.just([{}])
    when = draw(alternatives.filter(lambda found: len(found) == 1 or any(found)))
    given = {clause.name: draw(entries(clause)) for clause in outputs if policy in RANKED or draw(st.booleans())}
    return Rule(identifier, tuple(when), given, draw(sources()))


@st.composite
def tables(draw: st.DrawFn, name: str, readable: dict[str, ItemDefinition]) -> Decision:
    """A table over some of what can be read."""
    policy = draw(st.sampled_from(HitPolicy))
    few = ["rank"] if policy.aggregates else ["urgency"] if policy in RANKED else ["urgency", "rank", "codes", "advice"]
    chosen = draw(st.lists(st.sampled_from(few), min_size=1, max_size=3, unique=True))
    read = draw(st.lists(st.sampled_from(sorted(readable)), max_size=4, unique=True))
    inputs = [Clause(one, readable[one]) for one in read]
    if draw(st.booleans()):
        inputs.append(Clause("twice the pain", ItemDefinition("number"), parser.expression("2 * pain", frozenset(FACTS))))
    outputs = [_output(draw, one, policy) for one in chosen]
    found = [draw(rules(f"{name.upper()}-{number}", inputs, outputs, policy)) for number in range(draw(st.integers(1, 4)))]
    table = DecisionTable(policy, tuple(inputs), tuple(outputs), tuple(found))
    return Decision(name, table, yaml.requirements(table))


def _output(draw: st.DrawFn, name: str, policy: HitPolicy) -> Clause:
    item = OUTPUTS[name]
    values = ("urgent", "none") if policy in RANKED and draw(st.booleans()) else ()
    clause = Clause(name, item, None, values)
    return replace(clause, default=draw(entries(clause))) if draw(st.booleans()) else clause


def literal(name: str, text: str, item: ItemDefinition, identifier: str, source: Source) -> Decision:
    """A decision that is one expression over the facts."""
    tree = parser.expression(text, frozenset(FACTS))
    return Decision(name, LiteralExpression(text, tree, item, identifier, source), tuple(sorted(ast.names(tree))))


@st.composite
def models(draw: st.DrawFn) -> DecisionModel:
    """Three tables, of which the later may read the earlier and their rules, and an expression."""
    readable, decisions = dict(FACTS), []
    text, item = draw(st.sampled_from(EXPRESSIONS))
    decisions.append(literal("told", text, item, draw(st.sampled_from(["", "L-1"])), draw(sources())))
    if item == URGENCY:
        readable["told"] = item
    for name in ("first", "second-one", "third"):
        decision = draw(tables(name, readable))
        decisions.append(decision)
        readable |= _given(decision)
    return DecisionModel("random", FACTS, tuple(decisions))


def _given(decision: Decision) -> dict[str, ItemDefinition]:
    """What a later table may read: the rules of a table, and its value where that is one word."""
    table = decision.logic
    assert isinstance(table, DecisionTable)
    found = {decision.name + RULES: ItemDefinition(LIST, tuple(rule.id for rule in table.rules), nullable=False)}
    if table.hit_policy.single and len(table.outputs) == 1 and table.outputs[0].item == URGENCY:
        found[decision.name] = URGENCY
    return found
