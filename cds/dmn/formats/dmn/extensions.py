"""What our files say beside the standard, in elements and attributes of our own namespace; written and read here.

A file keeps its meaning when they are taken away: they hold what the standard has no place for, and what a cell was before it was
brought into the standard's form. Where somebody has changed the standard's part since, that part is believed.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from lxml import etree

from cds.dmn.feel import ast, parser
from cds.dmn.formats.dmn.building import Builder, extension
from cds.dmn.formats.dmn.xml import Element
from cds.dmn.model import LIST, RULES, Decision, DecisionTable, ItemDefinition, Rule, Source

T = TypeVar("T")
RULE, CELL, NULL_ENTRY = "rule", "cell", "null"
RULES_OF = "rules-of"
COLUMNS = ("because", "evidence", "claims", "origin", "annotation")
"""The annotation columns of our tables, in the order of `texts`."""

BETWEEN = ", "
FEEL_BASES = MappingProxyType({"integer": "number", LIST: "string"})
"""Our bases that FEEL has no type for, and the type that stands for each."""


def texts(source: Source) -> tuple[str, ...]:
    """What the annotation entries of a rule say."""
    return (source.because, BETWEEN.join(source.evidence), BETWEEN.join(source.claims), source.origin, source.annotation)


def hold(builder: Builder, node: etree._Element, rule: str, source: Source) -> etree._Element:
    """Adds the id and the source of a rule or a literal decision; the reason is its description too, which editors show."""
    if source.because:
        builder.add(node, "description", source.because)
    held = builder.extend(node, RULE, id=rule, because=source.because, origin=source.origin, annotation=source.annotation)
    for tag, keys in (("evidence", source.evidence), ("claim", source.claims)):
        for key in keys:
            builder.extend(held, tag, key=key)
    return held


def keep_order(node: etree._Element, name: str, cells: Iterable[str], columns: Sequence[str]) -> None:
    """Keeps the order in which a row names its columns, where that is not theirs."""
    places = [columns.index(cell) for cell in cells]
    if places != sorted(places):
        node.set(name, " ".join(map(str, places)))


@dataclass(frozen=True)
class Held:
    """What stands in the extension of one row or literal decision."""

    node: etree._Element
    source: Source

    @property
    def id(self) -> str:
        """The id of the rule."""
        return self.node.get("id", "")

    @property
    def alternative(self) -> str:
        """Which alternative of its rule the row is; empty for the only one."""
        return self.node.get("alternative", "")

    def meant(self, name: str, text: str) -> str | None:
        """What the cell of that input was where it still reads as it was written; None where its text says it all."""
        for cell in self._children(CELL):
            if cell.get("input") == name and cell.get("written") == text:
                return cell.get("meant", "")
        return None

    def null(self, output: str) -> bool:
        """Whether the author wrote a null for this output, and did not leave it out."""
        return any(entry.get("output") == output for entry in self._children(NULL_ENTRY))

    def ordered(self, name: str, cells: Mapping[str, T], columns: Sequence[str]) -> dict[str, T]:
        """The cells in the order that was kept, those that came since behind them."""
        places = (self.node.get(name) or "").split()
        first = [columns[int(place)] for place in places if place.isdecimal() and int(place) < len(columns)]
        return {column: cells[column] for column in dict.fromkeys([*first, *cells]) if column in cells}

    def _children(self, tag: str) -> Iterator[etree._Element]:
        return self.node.iterchildren(extension(tag))


def held(element: Element) -> Held | None:
    """The extension of a row or a decision; None where the file has none."""
    node = next(_extensions(element, RULE), None)
    if node is None:
        return None
    evidence, claims = (tuple(child.get("key", "") for child in node.iterchildren(extension(tag))) for tag in ("evidence", "claim"))
    return Held(node, Source(node.get("because", ""), evidence, claims, node.get("origin", ""), node.get("annotation", "")))


def source(kept: Held, element: Element, columns: Sequence[str]) -> Source:
    """The source as it was kept, but for what was changed since in an annotation entry or in the description."""
    said = dict(zip(columns, (entry.text() for entry in element.children("annotationEntry")), strict=False))
    description = element.child("description")
    if description is not None and description.content() != kept.source.because.strip():
        said["because"] = description.content()
    changed = {name: said[name] for name, text in zip(COLUMNS, texts(kept.source), strict=True) if said.get(name, text.strip()) != text.strip()}
    return Source(
        changed.get("because", kept.source.because),
        _keys(changed["evidence"]) if "evidence" in changed else kept.source.evidence,
        _keys(changed["claims"]) if "claims" in changed else kept.source.claims,
        changed.get("origin", kept.source.origin),
        changed.get("annotation", kept.source.annotation),
    )


def _keys(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, text.split(","))))


def attribute(element: Element, name: str) -> str | None:
    """An attribute of ours; None where it is not there."""
    found: str | None = element.node.get(extension(name))
    return found


def item(element: Element, plain: ItemDefinition) -> ItemDefinition:
    """The type of an item definition or component, `plain` by its standard part; a file of another program names it by the definition."""
    name = attribute(element, "name")
    if name is None:
        return replace(plain, name=element.name() if element.tag == "itemDefinition" else "")
    found = replace(_limits(element, plain), nullable=attribute(element, "nullable") != "false", name=name)
    base = attribute(element, "base")
    if base is None or FEEL_BASES.get(base) != plain.base:
        return found
    listed = attribute(element, "collection") == "true" if base == LIST else plain.collection
    return replace(found, base=base, collection=listed)


def _limits(element: Element, plain: ItemDefinition) -> ItemDefinition:
    """Allowed values that are kept as tests, and tests beside allowed values."""
    allowed, only = element.child("allowedValues"), attribute(element, "only")
    if only is not None:
        return replace(plain, constraint=_tests(element, only))
    if allowed and attribute(element, "tests") == "true":
        return replace(plain, allowed=(), minimum=None, maximum=None, constraint=_tests(element, allowed.text()))
    return plain


def _tests(element: Element, text: str) -> ast.UnaryTests:
    try:
        return parser.unary_tests(text, frozenset(), words=False)
    except parser.Misread as error:
        raise element.error(f"Type {element.name()}: the tests {error}.") from error


def listed(element: Element, decisions: Collection[str]) -> str | None:
    """The decision whose rules this one lists, None for every other decision; ContentError where it is not among them."""
    owner = attribute(element, RULES_OF)
    if owner is not None and (owner not in decisions or element.name() != owner + RULES):
        told = f"The decision {element.name()} lists the rules of {owner!r}, which is not there under that name."
        raise element.error(f"{told} Name it {owner} again, or remove the list.")
    return owner


def require_unique(decisions: Iterable[Decision], place: Element) -> None:
    """Raises ContentError for a rule id that stands in two tables, which only our extension can make of a file."""
    seen: dict[str, str] = {}
    for decision in decisions:
        for rule in decision.logic.rules if isinstance(decision.logic, DecisionTable) else ():
            if rule.id in seen:
                raise place.error(f"The rule id {rule.id} stands in {seen[rule.id]} and in {decision.name}. Give one of them another.")
            seen[rule.id] = decision.name


def merged(rows: Iterable[tuple[Rule, Held | None]], place: Element) -> tuple[Rule, ...]:
    """The rules of the rows: those that are alternatives of one rule become that rule.

    ContentError where they do not say the same.
    """
    found: dict[str, Rule] = {}
    for row, kept in rows:
        rule = found.get(row.id)
        if rule is None:
            found[row.id] = row
        elif kept is None or not kept.alternative:
            raise place.error(f"The rule id {row.id} stands on two rows. Give one of them another id, or take its extension away.")
        elif (rule.then, rule.source) != (row.then, row.source):
            raise place.error(f"The rows of rule {row.id} differ in outputs, reason or source. Make them the same, or give one another id.")
        else:
            found[row.id] = replace(rule, when=rule.when + row.when)
    return tuple(found.values())


def _extensions(element: Element, tag: str) -> Iterator[etree._Element]:
    for holder in element.children("extensionElements"):
        yield from holder.node.iterchildren(extension(tag))
