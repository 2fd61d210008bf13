"""Text to syntax tree: literal expressions, and the unary tests of cells (DMN 1.5, 10.3.1).

Names with spaces, hyphens and dots are read by longest match over the declared names (DMN 1.5, 10.3.1.5).
"""

from collections.abc import Iterable

from cds.dmn.feel import ast, lexer, unary
from cds.dmn.feel import names as naming
from cds.dmn.feel.lexer import Scanner
from cds.dmn.feel.reader import Reader

Misread = lexer.Misread

LONGEST = 10_000
"""Characters of one text."""


def expression(text: str, names: frozenset[str], entries: Iterable[str] = ()) -> ast.Expression:
    """A literal expression over the declared names; raises Misread for an unknown one.

    `entries` are names with spaces that entries of contexts are known to have; others are read as one word.
    """
    reader = Reader(_scanner(text, names, entries))
    tree = reader.whole()
    reader.end()
    return tree


def unary_tests(text: str, names: frozenset[str] = frozenset(), words: bool = True, entries: Iterable[str] = ()) -> ast.UnaryTests:
    """The tests of one cell. With `words` a bare word is a text, for the reader of the table to check, and `unknown` is null.

    Without it the cell is FEEL as other tools write it. Raises Misread.
    """
    return unary.read(_scanner(text, names, entries), words=words)


def _scanner(text: str, names: frozenset[str], entries: Iterable[str]) -> Scanner:
    if len(text) > LONGEST:
        raise Misread(f"is longer than {LONGEST} characters")
    scanner = Scanner(text, naming.declared(names))
    scanner.entries.update(entries)
    return scanner
