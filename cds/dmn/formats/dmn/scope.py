"""What the text of one decision may read, and how its expressions and tests are read against it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cds.dmn.feel import ast, parser
from cds.dmn.formats.cells import BadCell
from cds.dmn.formats.dmn import kinds, xml
from cds.dmn.formats.dmn.types import Types
from cds.dmn.formats.dmn.xml import Element
from cds.dmn.model import ItemDefinition
from cds.foundation.errors import ContentError

ONE_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class Scope:
    """The names in scope with their types, for one decision or knowledge model.

    `name` is what it is called, and `owner` names it in errors; `others` are the names of the model that it does not require;
    `parameters` are those of each knowledge model in scope.
    """

    name: str
    owner: str
    types: Types
    items: Mapping[str, ItemDefinition]
    others: frozenset[str] = frozenset()
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def having(self, items: Mapping[str, ItemDefinition]) -> "Scope":
        """This scope with more names, which hide equal ones."""
        hidden = {name: names for name, names in self.parameters.items() if name not in items}
        return replace(self, items={**self.items, **items}, parameters=hidden)

    def entry(self, name: str) -> "Scope":
        """This scope for an entry of a context."""
        return replace(self, name=f"{self.name}.{name}", owner=f"{self.owner}, entry {name}")

    def text(self, element: Element) -> str:
        """The text of an expression or entry; ContentError when it is in another language than FEEL."""
        if not element.in_feel:
            raise self.error(element, f"the expression language {element.attribute(xml.LANGUAGE)} is not supported. Write the text in FEEL.")
        return element.text()

    def error(self, element: Element, text: str) -> ContentError:
        """An error of this owner at that place."""
        return element.error(f"{self.owner}: {text}")

    def expression(self, text: str) -> ast.Expression:
        """A literal expression; BadCell where it cannot be read."""
        try:
            return parser.expression(text, frozenset(self.items), entries=self.types.entries)
        except parser.Misread as error:
            raise BadCell(self._missing_in_expression(text) or _stranger(text) or str(error)) from error

    def tests(self, text: str) -> ast.UnaryTests:
        """The tests of an input entry; BadCell where they cannot be read."""
        try:
            return parser.unary_tests(text, frozenset(self.items), words=False, entries=self.types.entries)
        except parser.Misread as error:
            raise BadCell(self._missing_in_tests(text) or _stranger(text) or str(error)) from error

    def base(self, expression: ast.Expression) -> str:
        """The built-in type of an expression, `Any` where it cannot be told."""
        return kinds.inferred(expression, self.items)

    def _missing_in_expression(self, text: str) -> str:
        """Which names are of the model but not required, when that is what is wrong."""
        try:
            read = ast.names(parser.expression(text, frozenset(self.items) | self.others, entries=self.types.entries))
        except parser.Misread:
            return ""
        return self._told(read)

    def _missing_in_tests(self, text: str) -> str:
        try:
            tests = parser.unary_tests(text, frozenset(self.items) | self.others, words=False, entries=self.types.entries)
        except parser.Misread:
            return ""
        return self._told(frozenset().union(*(kinds.names(test) for test in tests)))

    def _told(self, read: frozenset[str]) -> str:
        missing = sorted(read - set(self.items) - {ast.INPUT})
        return f"reads {', '.join(missing)}, which is not required here; add the informationRequirement or knowledgeRequirement" if missing else ""


def _stranger(text: str) -> str:
    """What to do about a text that is one word and no name of the model: many editors let one write an input that nothing declares."""
    if not ONE_WORD.fullmatch(text):
        return ""
    return f"reads {text}, which the model does not have; add an inputData of that name and require it, or write it as text in quotes"
