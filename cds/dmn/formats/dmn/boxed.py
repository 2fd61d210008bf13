"""Boxed expressions: literal expressions, invocations, contexts, lists, relations and functions (DMN 1.5, 7.3.2 and 10.2.1)."""

from collections.abc import Callable, Mapping

from cds.dmn import typing
from cds.dmn.feel import ast, writer
from cds.dmn.formats.cells import BadCell
from cds.dmn.formats.dmn import kinds, tables, trees, xml
from cds.dmn.formats.dmn.scope import Scope
from cds.dmn.formats.dmn.types import ANY
from cds.dmn.formats.dmn.xml import Element
from cds.dmn.model import BoxedContext, BoxedList, Invocation, ItemDefinition, LiteralExpression, Logic


def logic(element: Element, scope: Scope, item: ItemDefinition) -> Logic:
    """The logic in a boxed expression; `item` is the type that its value is declared to have."""
    if element.tag not in READERS:
        raise scope.error(element, f"the element {element.tag} is not supported. Supported are {', '.join(READERS)}.")
    return READERS[element.tag](element, scope, _declared(element, scope, item))


def only(element: Element) -> Element | None:
    """The boxed expression in an element; the first child that is not a description, a variable or a requirement."""
    return next((child for child in element.children() if child.tag not in BESIDE), None)


def inner(element: Element, scope: Scope, item: ItemDefinition, what: str) -> Logic:
    """The logic of the expression in an element; ContentError when there is none."""
    expression = only(element)
    if expression is None:
        raise scope.error(element, f"{what} has no expression. Write one.")
    return logic(expression, scope, item)


def function(element: Element, scope: Scope) -> tuple[tuple[tuple[str, ItemDefinition], ...], Logic]:
    """The parameters and the body of a function definition; only functions in FEEL are read."""
    if element.attribute("kind") not in ("", "FEEL"):
        raise scope.error(element, f"functions of kind {element.attribute('kind')} are not supported. Write it in FEEL.")
    parameters = _parameters(element, scope)
    return parameters, inner(element, scope.having(dict(parameters)), ANY, "the function")


def _declared(element: Element, scope: Scope, item: ItemDefinition) -> ItemDefinition:
    own = scope.types.of(element)
    return item if own == ANY else own


def _parameters(element: Element, scope: Scope) -> tuple[tuple[str, ItemDefinition], ...]:
    parameters: dict[str, ItemDefinition] = {}
    for parameter in element.children("formalParameter"):
        if parameter.name() in parameters:
            raise scope.error(parameter, f"the parameter {parameter.name()!r} stands twice. Give each its own name.")
        parameters[parameter.name()] = scope.types.of(parameter)
    return tuple(parameters.items())


def _literal(element: Element, scope: Scope, item: ItemDefinition) -> LiteralExpression:
    text = scope.text(element)
    if not text:
        raise scope.error(element, "the literal expression is empty. Write null where null is meant.")
    try:
        tree = scope.expression(text)
    except BadCell as error:
        raise scope.error(element, f"the expression {error}.") from error
    base = scope.base(tree)
    if not item.collection and not typing.compatible(base, item.base):
        raise scope.error(element, f"the expression gives {base}, but {item.base} is declared.")
    return LiteralExpression(text, tree, item)


def _invocation(element: Element, scope: Scope, item: ItemDefinition) -> Invocation:
    called = element.child("literalExpression")
    name = called.text() if called else ""
    if name not in scope.items:
        hint = " Add the knowledgeRequirement." if name in scope.others else ""
        raise scope.error(element, f"the invocation calls {name!r}, which is not in scope.{hint}")
    bindings = tuple((_parameter(binding, name, scope), inner(binding, scope, ANY, "the binding")) for binding in element.children("binding"))
    _require_once(element, scope, [parameter for parameter, _ in bindings], "binding")
    return Invocation(name, bindings, item)


def _parameter(binding: Element, function_name: str, scope: Scope) -> str:
    parameter = binding.child("parameter")
    name = parameter.name() if parameter else ""
    known = scope.parameters.get(function_name)
    if known is not None and name not in known:
        raise scope.error(binding, f"{function_name} has no parameter {name!r}; it has {', '.join(known)}.")
    return name


def _context(element: Element, scope: Scope, item: ItemDefinition) -> BoxedContext:
    components = dict(item.components)
    entries: list[tuple[str, Logic]] = []
    for entry in element.children("contextEntry"):
        variable = entry.child("variable")
        name = variable.name() if variable else ""
        declared = scope.types.of(variable) if variable else item
        declared = components.get(name, ANY) if declared == ANY else declared
        entries.append((name, inner(entry, scope.entry(name) if name else scope, declared, "the entry")))
        scope = scope.having({name: declared}) if name else scope
    _require_once(element, scope, [name for name, _ in entries], "entry")
    return BoxedContext(tuple(entries), item)


def _list(element: Element, scope: Scope, item: ItemDefinition) -> BoxedList:
    return BoxedList(tuple(logic(child, scope, ANY) for child in element.children() if child.tag not in BESIDE), item)


def _relation(element: Element, scope: Scope, item: ItemDefinition) -> BoxedList:
    columns = [(column.name(), scope.types.of(column)) for column in element.children("column")]
    _require_once(element, scope, [name for name, _ in columns], "column")
    return BoxedList(tuple(_row(row, columns, scope) for row in element.children("row")), item)


def _row(row: Element, columns: list[tuple[str, ItemDefinition]], scope: Scope) -> BoxedContext:
    cells = [child for child in row.children() if child.tag not in BESIDE]
    if len(cells) != len(columns):
        raise scope.error(row, f"the row has {len(cells)} cells, but the relation has {len(columns)} columns.")
    entries = tuple((name, logic(cell, scope, item)) for cell, (name, item) in zip(cells, columns, strict=True))
    return BoxedContext(entries, ItemDefinition(typing.CONTEXT, components=tuple(columns)))


def _function(element: Element, scope: Scope, item: ItemDefinition) -> LiteralExpression:
    parameters, body = function(element, scope)
    tree = _tree(element, scope, body)
    return _expression(ast.Lambda(tuple((name, None) for name, _ in parameters), tree), item)


def _conditional(element: Element, scope: Scope, item: ItemDefinition) -> LiteralExpression:
    parts = [_part(element, tag, scope, ANY) for tag in ("if", "then", "else")]
    return _expression(ast.If(*parts), item)


def _for(element: Element, scope: Scope, item: ItemDefinition) -> LiteralExpression:
    name, domain, within = _iterator(element, scope)
    return _expression(ast.For(((name, domain),), _part(element, "return", within, ANY)), item)


def _quantified(element: Element, scope: Scope, item: ItemDefinition) -> LiteralExpression:
    name, domain, within = _iterator(element, scope)
    return _expression(ast.Quantified(element.tag == "every", ((name, domain),), _part(element, "satisfies", within, ANY)), item)


def _filter(element: Element, scope: Scope, item: ItemDefinition) -> LiteralExpression:
    """The condition may read the entries of an item by name (DMN 1.5, 10.3.2.5)."""
    source = _part(element, "in", scope, ANY)
    entries = dict(kinds.item(source, scope.items).components)
    return _expression(ast.Filter(source, _part(element, "match", scope.having({**entries, ast.ITEM: ANY}), ANY)), item)


def _iterator(element: Element, scope: Scope) -> tuple[str, ast.Expression, Scope]:
    name = xml.spaced(element.attribute("iteratorVariable"))
    if not name:
        raise scope.error(element, f"the element {element.tag} has no iteratorVariable. Name one.")
    return name, _part(element, "in", scope, ANY), scope.having({name: ANY, ast.PARTIAL: ANY})


def _part(element: Element, tag: str, scope: Scope, item: ItemDefinition) -> ast.Expression:
    part = element.child(tag)
    if part is None:
        raise scope.error(element, f"the element {element.tag} has no {tag}. Write one.")
    return _tree(part, scope, inner(part, scope, item, f"the element {tag}"))


def _tree(element: Element, scope: Scope, body: Logic) -> ast.Expression:
    tree = trees.tree(body)
    if tree is None:
        raise scope.error(element, f"a decision table inside {element.tag} is not supported. Make it a knowledge model and call it.")
    return tree


def _expression(tree: ast.Expression, item: ItemDefinition) -> LiteralExpression:
    return LiteralExpression(writer.expression(tree), tree, item)


def _require_once(element: Element, scope: Scope, found: list[str], what: str) -> None:
    for name in found:
        if found.count(name) > 1:
            raise scope.error(element, f"the {what} {name!r} stands twice. Give each its own name.")


BESIDE = frozenset(
    {
        "description",
        "extensionElements",
        "question",
        "allowedAnswers",
        "variable",
        "parameter",
        "formalParameter",
        "informationRequirement",
        "knowledgeRequirement",
        "authorityRequirement",
        "supportedObjective",
        "impactedPerformanceIndicator",
        "decisionMaker",
        "decisionOwner",
        "usingProcess",
        "usingTask",
        "encapsulatedLogic",
    }
)
"""Elements that stand beside an expression."""

READERS: Mapping[str, Callable[[Element, Scope, ItemDefinition], Logic]] = {
    "decisionTable": tables.table,
    "literalExpression": _literal,
    "invocation": _invocation,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "functionDefinition": _function,
    "conditional": _conditional,
    "for": _for,
    "some": _quantified,
    "every": _quantified,
    "filter": _filter,
}
