"""Decision tables: hit policy, inputs, outputs and rules (DMN 1.5, 8.3)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from cds.dmn import typing
from cds.dmn.feel import ast
from cds.dmn.formats.cells import BadCell
from cds.dmn.formats.dmn import entries, extensions, kinds, sources, types, xml
from cds.dmn.formats.dmn.scope import Scope
from cds.dmn.formats.dmn.types import ANY
from cds.dmn.formats.dmn.xml import Element
from cds.dmn.model import Clause, DecisionTable, HitPolicy, ItemDefinition, Rule

NULL = ast.Constant(None)
ORDERED = (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)


@dataclass(frozen=True)
class _Table:
    """What every rule of one table is read against."""

    scope: Scope
    inputs: tuple[Clause, ...]
    outputs: tuple[Clause, ...]
    annotations: tuple[str, ...]


def table(element: Element, scope: Scope, item: ItemDefinition) -> DecisionTable:
    """The table in an element; `item` is the type of the decision, from which outputs without a type of their own take theirs."""
    policy = _policy(element, scope)
    inputs = _inputs(element, scope)
    outputs = _outputs(element, scope, item, policy)
    _require_policy(element, scope, policy, outputs)
    annotations = tuple(clause.name() for clause in element.children("annotation"))
    columns = _Table(scope, inputs, outputs, annotations)
    rows = [(_rule(rule, number, columns), extensions.held(rule)) for number, rule in enumerate(element.children("rule"), start=1)]
    return DecisionTable(policy, inputs, outputs, extensions.merged(rows, element))


def _policy(element: Element, scope: Scope) -> HitPolicy:
    name = " ".join(part for part in (element.attribute("hitPolicy") or "UNIQUE", element.attribute("aggregation")) if part)
    known = {policy.value: policy for policy in HitPolicy}
    if name not in known:
        raise scope.error(element, f"the hit policy {name} is not known. Known are {', '.join(known)}.")
    return known[name]


def _require_policy(element: Element, scope: Scope, policy: HitPolicy, outputs: tuple[Clause, ...]) -> None:
    """The operators of COLLECT are not defined over several outputs, and an order needs output values (DMN 1.5, 8.2.8)."""
    if not outputs:
        raise scope.error(element, "the table has no output. Add one.")
    if policy.aggregates and len(outputs) > 1:
        raise scope.error(element, f"{policy.value} is not defined over several outputs. Take COLLECT, or one output.")
    if policy in ORDERED and not any(clause.values or clause.item.allowed for clause in outputs):
        raise scope.error(element, f"{policy.value} needs outputValues in order of priority. Add them to an output.")


def _inputs(element: Element, scope: Scope) -> tuple[Clause, ...]:
    clauses: dict[str, Clause] = {}
    for column in element.children("input"):
        expression = column.child("inputExpression")
        if expression is None:
            raise scope.error(column, "the input has no inputExpression. Write one.")
        clause = _input(column, expression, scope)
        name = _free(clause.name, clauses)
        clauses[name] = clause if name == clause.name else replace(clause, name=name, expression=clause.expression or ast.Name(clause.name))
    return tuple(clauses.values())


def _input(column: Element, expression: Element, scope: Scope) -> Clause:
    """An input that is a name in scope is called by it and has no expression."""
    text = scope.text(expression)
    try:
        tree = scope.expression(text)
    except BadCell as error:
        raise scope.error(expression, f"the input expression {error}.") from error
    item = _input_item(column, expression, tree, scope)
    name = extensions.attribute(column, "name")
    if isinstance(tree, ast.Name) and name is None:
        return Clause(tree.name, item)
    return Clause(xml.spaced(text) if name is None else name, item, tree)


def _input_item(column: Element, expression: Element, tree: ast.Expression, scope: Scope) -> ItemDefinition:
    declared, found = scope.types.of(expression), kinds.item(tree, scope.items)
    if not (declared.collection or found.collection or typing.compatible(declared.base, found.base)):
        raise scope.error(expression, f"the input is declared as {declared.base}, but {expression.text()!r} is {found.base}.")
    kept = extensions.attribute(column, "type")
    if kept is not None:
        return scope.types.named(kept, column)
    item = declared if found == ANY or (found.base == declared.base and _is_bare(found)) else found
    limit = column.child("inputValues")
    return types.constrained(item, limit, scope.owner) if limit and limit.text() else item


def _is_bare(item: ItemDefinition) -> bool:
    return item == ItemDefinition(item.base)


def _free(name: str, taken: Iterable[str]) -> str:
    """The name, or the name with the first number that makes it another than all taken ones."""
    numbers = range(2, len(tuple(taken)) + 2)
    return next(candidate for candidate in (name, *(f"{name} ({number})" for number in numbers)) if candidate not in taken)


def _outputs(element: Element, scope: Scope, item: ItemDefinition, policy: HitPolicy) -> tuple[Clause, ...]:
    columns = tuple(element.children("output"))
    row = ANY if policy is HitPolicy.COLLECT_COUNT else item if policy.single or policy.aggregates else replace(item, collection=False)
    clauses: dict[str, Clause] = {}
    for column in columns:
        name = column.name() or (extensions.attribute(column, "name") or scope.name if len(columns) == 1 else "")
        if not name:
            raise scope.error(column, "one of several outputs has no name. Give each its own name.")
        if name in clauses:
            raise scope.error(column, f"the output {name!r} stands twice. Give each its own name.")
        clauses[name] = _output(column, name, _output_item(column, name, row, scope, single=len(columns) == 1), scope)
    return tuple(clauses.values())


def _output_item(column: Element, name: str, row: ItemDefinition, scope: Scope, *, single: bool) -> ItemDefinition:
    declared = scope.types.of(column)
    inherited = dict(row.components).get(name) or (row if single else ANY)
    if not (declared.collection or inherited.collection or typing.compatible(declared.base, inherited.base)):
        raise scope.error(column, f"the output {name} is declared as {declared.base}, but its decision gives {inherited.base}.")
    return inherited if declared == ANY or (_is_bare(declared) and inherited.base == declared.base) else declared


def _output(column: Element, name: str, item: ItemDefinition, scope: Scope) -> Clause:
    clause, limit = Clause(name, item), column.child("outputValues")
    if limit and limit.text():
        tests = types.tests(limit, item, scope.owner)
        constants = tuple(test.value for test in tests if isinstance(test, ast.Equals))
        words = all(isinstance(value, str) for value in constants) and extensions.attribute(column, "values") is None
        limited = types.limited(item, tests)
        clause = Clause(name, limited) if words or len(constants) < len(tests) else Clause(name, item, values=constants)
    default = column.child("defaultOutputEntry")
    if default is None or not default.text():
        return clause
    try:
        return replace(clause, default=entries.output_entry(scope.text(default), clause, scope))
    except BadCell as error:
        raise scope.error(default, f"default of the output {name}: the entry {error}.") from error


def _rule(element: Element, number: int, columns: _Table) -> Rule:
    scope = columns.scope
    rule = sources.rule_id(element) or f"{scope.name} rule {number}"
    texts, results = tuple(element.children("inputEntry")), tuple(element.children("outputEntry"))
    for found, clauses, what in ((texts, columns.inputs, "input"), (results, columns.outputs, "output")):
        if len(found) != len(clauses):
            raise scope.error(element, f"rule {rule} has {len(found)} {what} entries, but the table has {len(clauses)} {what}s.")
    when, then = {}, {}
    kept = extensions.held(element)
    for clause, entry in zip(columns.inputs, texts, strict=True):
        meant = kept.meant(clause.name, entry.text()) if kept else None
        tests = _input_entry(entry, rule, clause, scope, meant)
        if tests is not None:
            when[clause.name] = tests
    for clause, entry in zip(columns.outputs, results, strict=True):
        tree = _output_entry(entry, rule, clause, scope)
        if tree is not None and not (kept and tree == NULL and not kept.null(clause.name)):
            then[clause.name] = tree
    if kept:
        when = kept.ordered("tests", when, [clause.name for clause in columns.inputs])
        then = kept.ordered("gives", then, [clause.name for clause in columns.outputs])
    return Rule(rule, (when,), then, sources.source(element, columns.annotations))


def _input_entry(entry: Element, rule: str, clause: Clause, scope: Scope, meant: str | None) -> ast.UnaryTests | None:
    """The tests of the entry, or those that our extension says were meant by it; empty is any value there."""
    try:
        if meant is not None:
            return scope.tests(meant) if meant else None
        return entries.input_entry(scope.text(entry), clause.item, scope)
    except BadCell as error:
        raise scope.error(entry, f"rule {rule}, input {clause.name}: the entry {error}.") from error


def _output_entry(entry: Element, rule: str, clause: Clause, scope: Scope) -> ast.Expression | None:
    try:
        return entries.output_entry(scope.text(entry), clause, scope)
    except BadCell as error:
        raise scope.error(entry, f"rule {rule}, output {clause.name}: the entry {error}.") from error
