"""Types of inputs and outputs: as an entry of `types` in YAML, as one line of text in a column's head, and in the model.

The line is the base, what is allowed, and `list`, `never unknown`, `only: cells` or `named: name`, each left out where it says nothing:
`string: yes, no; named: yes-no`, `integer: 0..4; never unknown`. A word with a comma, a semicolon or a quotation mark stands in quotation marks.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from cds.dmn.feel import ast, parser, writer
from cds.dmn.model import LIST, NUMERIC, ItemDefinition

BASES: tuple[str, ...] = (
    "string",
    *NUMERIC,
    LIST,
    "boolean",
    "date",
    "time",
    "date and time",
    "days and time duration",
    "years and months duration",
    "context",
    "Any",
)
"""Every base that a type of ours may have, in the words of the schema."""

WORD = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^",;]*))\s*([,;]|$)')
RANGE = re.compile(r"(-?[0-9.]*)\.\.(-?[0-9.]*)")
HEAD = re.compile(r"\s*([A-Za-z ]+?)\s*(?:([:;])|$)")
LISTED, NEVER, ONLY, NAMED = "list", "never unknown", "only:", "named:"


class BadType(ValueError):
    """Says what is wrong with the line and what was expected."""


def item(entry: Mapping[str, Any]) -> ItemDefinition:
    """The type of an entry that keeps `decision-model.schema.json`; BadType where its `only` cannot be read."""
    allowed = entry.get("allowed", ())
    bounds = allowed if isinstance(allowed, Mapping) else {}
    low, high = (Decimal(bounds[key]) if key in bounds else None for key in ("min", "max"))
    return ItemDefinition(
        entry["type"],
        () if bounds else tuple(allowed),
        low,
        high,
        entry.get("unknown") != "never",
        _constraint(entry["only"]) if "only" in entry else (),
        tuple((name, item(part)) for name, part in entry.get("entries", {}).items()),
        entry.get("list") == "yes",
    )


def entry(definition: ItemDefinition) -> dict[str, Any]:
    """The entry of `types` that `item` reads as this type."""
    told: dict[str, Any] = {"type": definition.base}
    bounds = {"min": definition.minimum, "max": definition.maximum}
    said = {key: format(bound, "f") for key, bound in bounds.items() if bound is not None}
    if definition.allowed or said:
        told["allowed"] = list(definition.allowed) or said
    if definition.constraint:
        told["only"] = writer.unary_tests(definition.constraint)
    if definition.components:
        told["entries"] = {name: entry(part) for name, part in definition.components}
    return told | ({"list": "yes"} if definition.collection else {}) | ({} if definition.nullable else {"unknown": "never"})


def text(definition: ItemDefinition) -> str:
    """The type as one line; BadType for a context, whose entries no line can hold."""
    if definition.components:
        raise BadType("a context has entries, which a cell of a sheet cannot hold; use DMN or YAML")
    bounds = [format(bound, "f") if bound is not None else "" for bound in (definition.minimum, definition.maximum)]
    allowed = joined(definition.allowed) or ("..".join(bounds) if any(bounds) else "")
    parts = [f"{definition.base}: {allowed}" if allowed else definition.base]
    parts += [LISTED] if definition.collection else []
    parts += [] if definition.nullable else [NEVER]
    parts += [_quoted(f"{ONLY} {writer.unary_tests(definition.constraint)}")] if definition.constraint else []
    parts += [_quoted(f"{NAMED} {definition.name}")] if definition.name else []
    return "; ".join(parts)


def parsed(line: str) -> ItemDefinition:
    """The type of a line; BadType says what was expected."""
    head = HEAD.match(line)
    if not head or head[1] not in BASES:
        raise BadType(f"not a type; expected one of {', '.join(BASES)}, then `: values`, `; list`, `; never unknown` as need be")
    groups = list(_groups(line[head.end() :])) if head[2] else []
    allowed, low, high = _allowed(head[1], groups.pop(0) if head[2] == ":" else ())
    options = {option for group in groups for option in group}
    said = {key: option.removeprefix(key).strip() for option in options for key in (ONLY, NAMED) if option.startswith(key)}
    if any(option not in (LISTED, NEVER) and not option.startswith((ONLY, NAMED)) for option in options):
        raise BadType(f"after the values only `{LISTED}`, `{NEVER}`, `{ONLY} cells` and `{NAMED} name` may stand")
    constraint = _constraint(said[ONLY]) if ONLY in said else ()
    return ItemDefinition(head[1], allowed, low, high, NEVER not in options, constraint, (), LISTED in options, said.get(NAMED, ""))


def joined(words: Iterable[str]) -> str:
    """The words with commas between them, quoted where they must be."""
    return ", ".join(_quoted(word) for word in words)


def words(line: str) -> tuple[str, ...]:
    """What `joined` joined; BadType where a quotation mark is left open."""
    groups = tuple(_groups(line)) if line.strip() else ()
    if len(groups) > 1:
        raise BadType("a semicolon; words have commas between them, and one with a semicolon stands in quotation marks")
    return groups[0] if groups else ()


def _quoted(word: str) -> str:
    plain = word and word == word.strip() and not set(word) & set('",;\n\r\t')
    return word if plain else '"' + word.replace('"', '""') + '"'


def _groups(line: str) -> Iterator[tuple[str, ...]]:
    """The words between semicolons."""
    group: list[str] = []
    position, ended = 0, False
    while not ended:
        found = WORD.match(line, position)
        if not found:
            raise BadType("a quotation mark that stands alone; write two of them, and quote the whole word")
        group.append(found[2].strip() if found[1] is None else found[1].replace('""', '"'))
        position, ended = found.end(), found[3] == ""
        if ended or found[3] == ";":
            yield tuple(group)
            group = []


def _allowed(base: str, said: tuple[str, ...]) -> tuple[tuple[str, ...], Decimal | None, Decimal | None]:
    if base not in NUMERIC or not said:
        return said, None, None
    found = RANGE.fullmatch(said[0])
    if not found or len(said) > 1:
        raise BadType("numbers are allowed as `low..high`, `low..` or `..high`")
    return (), _bound(found[1]), _bound(found[2])


def _bound(said: str) -> Decimal | None:
    try:
        return Decimal(said) if said else None
    except InvalidOperation as error:
        raise BadType(f"{said!r} is not a number") from error


def _constraint(cells: str) -> ast.UnaryTests:
    try:
        return parser.unary_tests(cells)
    except parser.Misread as error:
        raise BadType(f"`only` {error}") from error
