"""Text to syntax tree: one lark grammar for unary tests and one for literal expressions.

Names with hyphens and dots are read by longest match over the declared names (DMN 1.5, 10.3.1.5).
"""

import functools
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import lark

from cds.dmn.feel import ast, functions

UNARY = r"""
start: "-" -> anything | test ("," test)* -> tests
?test: "unknown" -> unknown
     | "not" "(" test ("," test)* ")" -> negation
     | COMPARISON NUMBER -> compare
     | OPENING NUMBER ".." NUMBER CLOSING -> interval
     | NUMBER -> number | STRING -> string | WORD -> word
COMPARISON: "<=" | ">=" | "<" | ">"
OPENING: "[" | "(" | "]"
CLOSING: "]" | ")" | "["
WORD: /[A-Za-z_][A-Za-z0-9_]*(?:[-.:+\/][A-Za-z0-9_]+)*/
NUMBER: /-?\d+(?:\.\d+)?/
STRING: /"[^"]*"/
%ignore /\s+/
"""

EXPRESSION = r"""
?start: expression
?expression: "if" expression "then" expression "else" expression -> if_
           | disjunction
?disjunction: conjunction | disjunction OR conjunction -> binary
?conjunction: comparison | conjunction AND comparison -> binary
?comparison: sum | sum COMPARISON sum -> binary | sum "in" "(" expression ("," expression)* ")" -> in_
?sum: product | sum ADDITION product -> binary
?product: factor | product MULTIPLICATION factor -> binary
?factor: postfix | "-" factor -> minus
?postfix: primary | postfix "[" expression "]" -> filter | postfix "." ENTRY -> path
?primary: NUMBER -> number | STRING -> string | "null" -> null | "true" -> true | "false" -> false
        | NAME -> name | FUNCTION "(" [expression ("," expression)*] ")" -> call
        | "[" [expression ("," expression)*] "]" -> list_ | "(" expression ")"
OR: "or"
AND: "and"
COMPARISON: "<=" | ">=" | "<" | ">" | "!=" | "="
ADDITION: "+" | "-"
MULTIPLICATION: "*" | "/"
NUMBER: /\d+(?:\.\d+)?/
STRING: /"[^"]*"/
ENTRY: /[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*/
NAME.2: /(?:%s)(?!\w)/
FUNCTION.3: /(?:%s)(?=\s*\()/
%%ignore /\s+/
"""


class Misread(ValueError):
    """The text is not FEEL as supported; the message names the column."""


def unary_tests(text: str) -> ast.UnaryTests:
    """The tests of one cell; a bare word is read as a string, for the reader of the table to check."""
    tree = _parsed(_unary_grammar(), text)
    return _UnaryBuilder().transform(tree)  # type: ignore[no-any-return]


def expression(text: str, names: frozenset[str]) -> ast.Expression:
    """A literal expression over the declared names; raises Misread for an unknown one."""
    tree = _parsed(_expression_grammar(names), text)
    try:
        return _ExpressionBuilder().transform(tree)  # type: ignore[no-any-return]
    except lark.exceptions.VisitError as error:
        raise Misread(str(error.orig_exc)) from error


def _parsed(grammar: lark.Lark, text: str) -> lark.Tree[Any]:
    try:
        return grammar.parse(text)
    except lark.UnexpectedInput as error:
        where = error.column if error.column > 0 else len(text)
        raise Misread(f"cannot be read at column {where}: an unknown name, a sign out of place, or an end too early") from error


@functools.cache
def _unary_grammar() -> lark.Lark:
    return lark.Lark(UNARY, parser="lalr")


@functools.lru_cache(maxsize=8)
def _expression_grammar(names: frozenset[str]) -> lark.Lark:
    return lark.Lark(EXPRESSION % (_alternatives({*names, "item"}), _alternatives(functions.BUILT_IN)), parser="lalr", maybe_placeholders=False)


def _alternatives(words: Iterable[str]) -> str:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace("/", r"\/") for word in longest_first)


class _UnaryBuilder(lark.Transformer[Any, Any]):
    def anything(self, _: list[Any]) -> ast.UnaryTests:
        return (ast.Anything(),)

    def tests(self, parts: list[ast.UnaryTest]) -> ast.UnaryTests:
        return tuple(parts)

    def unknown(self, _: list[Any]) -> ast.Unknown:
        return ast.Unknown()

    def negation(self, parts: list[ast.UnaryTest]) -> ast.Not:
        return ast.Not(tuple(parts))

    def compare(self, parts: list[str]) -> ast.Compare:
        return ast.Compare(str(parts[0]), Decimal(parts[1]))

    def interval(self, parts: list[str]) -> ast.Interval:
        opening, low, high, closing = parts
        return ast.Interval(Decimal(low), Decimal(high), opening == "[", closing == "]")

    def number(self, parts: list[str]) -> ast.Equals:
        return ast.Equals(Decimal(parts[0]))

    def string(self, parts: list[str]) -> ast.Equals:
        return ast.Equals(parts[0][1:-1])

    def word(self, parts: list[str]) -> ast.Equals:
        return ast.Equals(str(parts[0]))


def _constant(value: ast.Scalar) -> Callable[[Any, list[Any]], ast.Constant]:
    return lambda _, __: ast.Constant(value)


class _ExpressionBuilder(lark.Transformer[Any, Any]):
    null = _constant(None)
    true = _constant(True)
    false = _constant(False)

    def number(self, parts: list[str]) -> ast.Constant:
        return ast.Constant(Decimal(parts[0]))

    def string(self, parts: list[str]) -> ast.Constant:
        return ast.Constant(parts[0][1:-1])

    def name(self, parts: list[str]) -> ast.Name:
        return ast.Name(str(parts[0]))

    def minus(self, parts: list[ast.Expression]) -> ast.Binary:
        return ast.Binary("-", ast.Constant(Decimal(0)), parts[0])

    def binary(self, parts: list[Any]) -> ast.Binary:
        return ast.Binary(str(parts[1]), parts[0], parts[2])

    def if_(self, parts: list[ast.Expression]) -> ast.If:
        return ast.If(*parts)

    def in_(self, parts: list[ast.Expression]) -> ast.In:
        return ast.In(parts[0], tuple(parts[1:]))

    def call(self, parts: list[Any]) -> ast.Call:
        name, arguments = str(parts[0]), tuple(parts[1:])
        if not functions.takes(name, len(arguments)):
            raise Misread(f"calls {name} with {len(arguments)} arguments, which it does not take")
        return ast.Call(name, arguments)

    def list_(self, parts: list[ast.Expression]) -> ast.ListOf:
        return ast.ListOf(tuple(parts))

    def filter(self, parts: list[ast.Expression]) -> ast.Filter:
        return ast.Filter(parts[0], parts[1])

    def path(self, parts: list[Any]) -> ast.Path:
        return ast.Path(parts[0], str(parts[1]))
