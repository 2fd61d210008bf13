"""Item definitions to types: references resolved, components nested, allowed values as words, a range or tests (DMN 1.5, 7.3.3)."""

from dataclasses import replace
from decimal import Decimal

from cds.dmn import typing
from cds.dmn.feel import ast, parser
from cds.dmn.formats.dmn import extensions, names, xml
from cds.dmn.formats.dmn.xml import Element
from cds.dmn.model import ItemDefinition

ANY = ItemDefinition(typing.ANY)
LIST = ItemDefinition(typing.ANY, collection=True)
NAMED = ("itemComponent", "variable", "column", "output")
"""Elements whose names the entries of contexts can have."""
EMPTY: frozenset[str] = frozenset()


class Types:
    """The types of one file by name, each read once; `entries` are the names that entries of its contexts can have."""

    def __init__(self, root: Element) -> None:
        self._elements: dict[str, Element] = {}
        self._items: dict[str, ItemDefinition] = {}
        self.entries = frozenset(element.name() for element in root.descendants(*NAMED))
        for element in root.children("itemDefinition"):
            name = element.name()
            if name in self._elements:
                raise element.error(f"The type {name!r} is declared twice. Give each its own name.")
            self._elements[name] = element
        for name, element in self._elements.items():
            self.named(name, element)

    def named(self, reference: str, element: Element, above: tuple[str, ...] = ()) -> ItemDefinition:
        """The type that `element` refers to, a prefix left out; without a reference any type. ContentError for an unknown one and for a cycle."""
        name = xml.spaced(reference)
        name = name if name in self._elements else name.rpartition(":")[2]
        if name in above:
            raise element.error(f"The types are made of each other: {' -> '.join([*above, name])}. Cut the cycle.")
        if len(above) > xml.MAX_DEPTH:
            raise element.error(f"Types refer to each other over more than {xml.MAX_DEPTH} steps. Flatten them.")
        if name in self._elements:
            if name not in self._items:
                self._items[name] = self._definition(self._elements[name], (*above, name))
            return self._items[name]
        return self._built_in(name, element, above)

    def of(self, element: Element) -> ItemDefinition:
        """The type in the attribute `typeRef`, any type without one."""
        return self.named(element.attribute("typeRef"), element)

    def _built_in(self, name: str, element: Element, above: tuple[str, ...]) -> ItemDefinition:
        if not name or name.startswith("function<"):
            return ANY
        if name == "list":
            return LIST
        if name.startswith("list<") and name.endswith(">"):
            return _collection(self.named(name[len("list<") : -1], element, above))
        if name.startswith("context<"):
            return ItemDefinition(typing.CONTEXT)
        if name not in names.BASES:
            raise element.error(f"The type {name!r} is not known. Declare it as itemDefinition, or use a type of FEEL.")
        return ItemDefinition(names.BASES[name])

    def _definition(self, element: Element, above: tuple[str, ...]) -> ItemDefinition:
        parts = tuple(element.children("itemComponent"))
        item = self._context(parts, above) if parts else self._simple(element, above)
        allowed, whole = element.child("allowedValues"), element.child("typeConstraint")
        several = element.attribute("isCollection") == "true"
        if whole and several:
            raise element.error(f"The type {element.name()!r}: typeConstraint on a collection is not supported. Use allowedValues for its items.")
        for limit in (allowed, whole):
            item = constrained(item, limit, f"Type {element.name()}") if limit else item
        return extensions.item(element, _collection(item) if several else item)

    def _context(self, parts: tuple[Element, ...], above: tuple[str, ...]) -> ItemDefinition:
        components: dict[str, ItemDefinition] = {}
        for part in parts:
            if part.name() in components:
                raise part.error(f"The component {part.name()!r} stands twice. Give each its own name.")
            components[part.name()] = self._definition(part, above)
        return ItemDefinition(typing.CONTEXT, components=tuple(components.items()))

    def _simple(self, element: Element, above: tuple[str, ...]) -> ItemDefinition:
        reference = element.child("typeRef")
        return self.named(reference.content(), reference, above) if reference else ANY


def constrained(item: ItemDefinition, limit: Element, owner: str) -> ItemDefinition:
    """The type with the tests in `limit` as allowed words, as bounds, or as they are."""
    return limited(item, tests(limit, item, owner))


def tests(limit: Element, item: ItemDefinition, owner: str) -> ast.UnaryTests:
    """The tests in an element of allowed values; null is left out, as it is allowed everywhere."""
    try:
        found = parser.unary_tests(limit.text(), EMPTY, words=False)
    except parser.Misread as error:
        raise limit.error(f"{owner}: {limit.tag} {error}.") from error
    for value in (value for test in found for value in constants(test)):
        if not typing.compatible(typing.base_of(value), item.base):
            raise limit.error(f"{owner}: {limit.tag} holds {typing.base_of(value)}, but the type is {item.base}.")
    return tuple(test for test in found if not isinstance(test, (ast.Unknown, ast.Anything)))


def limited(item: ItemDefinition, allowed: ast.UnaryTests) -> ItemDefinition:
    """The type whose values satisfy one of the tests."""
    words = tuple(test.value for test in allowed if isinstance(test, ast.Equals) and isinstance(test.value, str))
    if words and len(words) == len(allowed):
        return replace(item, allowed=tuple(dict.fromkeys(words)))
    match allowed:
        case (ast.Interval(Decimal() as low, Decimal() as high, True, True),):
            return replace(item, minimum=low, maximum=high)
        case (ast.Compare(">=", Decimal() as low),):
            return replace(item, minimum=low)
        case (ast.Compare("<=", Decimal() as high),):
            return replace(item, maximum=high)
    return replace(item, constraint=allowed)


def constants(test: ast.UnaryTest) -> tuple[ast.Scalar, ...]:
    """The constants that a test compares with."""
    match test:
        case ast.Equals(value) | ast.Compare(_, value):
            return (value,)
        case ast.Interval(low, high):
            return (low, high)
        case ast.Not(parts):
            return tuple(value for part in parts for value in constants(part))
    return ()


def _collection(item: ItemDefinition) -> ItemDefinition:
    """A list of such items; of lists it is only said that they are lists."""
    return LIST if item.collection else replace(item, collection=True)
