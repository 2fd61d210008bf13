"""Names of types: how they are read and what is an instance of them (DMN 1.5, 10.3.2.9 and table 52)."""

from collections.abc import Mapping
from typing import Any

from cds.dmn.feel import ast, lexer, names, values
from cds.dmn.feel.lexer import Scanner
from cds.dmn.feel.names import Names

PLAIN = ("Any", "Null", "number", "string", "boolean", "date", "time", "date and time", "days and time duration", "years and months duration")
COMPOSED = ("list", "context", "range", "function")
NAMES = Names((*PLAIN, *COMPOSED))


def read(scanner: Scanner) -> ast.Type:
    """The type that stands next."""
    found = names.longest((NAMES,), scanner.text, scanner.here())
    if not found:
        scanner.refuse("a type of FEEL")
    scanner.move(found.end)
    if found.name not in COMPOSED or not scanner.accept("<"):
        return ast.Type(found.name)
    with scanner.deeper():
        return _composed(scanner, found.name)


def _composed(scanner: Scanner, name: str) -> ast.Type:
    parts: list[ast.Type] = []
    entries: list[str] = []
    while not scanner.accept(">"):
        if parts:
            scanner.expect(",")
        if name == "context":
            entries.append(scanner.label(lexer.LABEL) or scanner.refuse("the name of an entry"))
            scanner.expect(":")
        parts.append(read(scanner))
    if name == "function":
        scanner.expect("->")
        parts.append(read(scanner))
    elif name != "context" and len(parts) != 1:
        scanner.refuse("one type between `<` and `>`")
    return ast.Type(name, tuple(parts), tuple(entries))


def instance(value: Any, wanted: ast.Type) -> bool:
    """Whether the value is of the type; null is only of Null."""
    if value is None:
        return wanted.name == "Null"
    if wanted.name == "Any":
        return True
    if values.kind(value) != wanted.name:
        return False
    return not wanted.parts or _parts_fit(value, wanted)


def _parts_fit(value: Any, wanted: ast.Type) -> bool:
    if isinstance(value, tuple):
        return all(instance(item, wanted.parts[0]) for item in value)
    if isinstance(value, Mapping):
        return all(name in value and conforms(value[name], part) for name, part in zip(wanted.entries, wanted.parts, strict=True))
    if isinstance(value, values.Range):
        return all(end is None or instance(end, wanted.parts[0]) for end in (value.low, value.high))
    return len(value.parameters) == len(wanted.parts) - 1


def conforms(value: Any, wanted: ast.Type) -> bool:
    """Whether the value can be given where the type is asked for; null always can."""
    return value is None or instance(value, wanted)
