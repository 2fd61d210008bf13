"""Syntax tree to text: what `parser` reads back as the same tree, with no parenthesis that is not needed.

Expressions have one form. Unary tests have two: the standard's (`"word"`, `null`, `list contains(?, "x")`)
and our tables' (bare words, `unknown`, a bare word on a list).
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from cds.dmn.feel import ast, temporal

BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[-.:+/][A-Za-z0-9_]+)*")
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
NEGATION = re.compile(r"not\s*\(")
ENTRY = re.compile(r"[^\W\d]\w*(?:[- ][^\W\d]\w*)*")
MISLEADING = frozenset({"unknown", "null"})
"""Words that a person would not take for words."""

ESCAPES = MappingProxyType({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
PLAIN_EXPONENT = 40
"""Numbers with more zeros than this are written with an exponent."""

LOOSEST, OR, AND, COMPARISON, SUM, PRODUCT, POWER, SIGN, POSTFIX, PRIMARY = range(10)
BINDING = MappingProxyType({"or": OR, "and": AND, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "**": POWER})
ORDER = ("<", "<=", ">", ">=")


def unary_tests(tests: ast.UnaryTests, *, words: bool = True) -> str:
    """The text of a cell; `words` writes the dialect of our tables, else standard FEEL."""
    return ", ".join(unary_test(test, words=words) for test in tests)


def unary_test(test: ast.UnaryTest, *, words: bool = True) -> str:
    """The text of one test of a cell."""
    match test:
        case ast.Anything() | ast.Unknown():
            return "-" if isinstance(test, ast.Anything) else "unknown" if words else "null"
        case ast.Contains(value) if not words:
            return f"list contains(?, {constant(value)})"
        case ast.Equals(value) | ast.Contains(value):
            return _word(value) if words else constant(value)
        case ast.Compare(operator, value):
            return f"{operator} {constant(value)}"
        case ast.Interval(low, high, low_closed, high_closed):
            return _range(constant(low), constant(high), low_closed, high_closed)
        case ast.Not(tests):
            return f"not({unary_tests(tests, words=words)})"
        case ast.Satisfies(tree):
            return _satisfies(tree, words)


def _word(value: ast.Scalar) -> str:
    """A bare truth would be read as the word of that name."""
    return word(value) if isinstance(value, str) else f"= {constant(value)}" if isinstance(value, bool) else constant(value)


def _satisfies(tree: ast.Expression, words: bool) -> str:
    """`< limit`, `limit` and `[a..b]` in place of `? < limit`, `? in (limit)` and `? in ([a..b])`."""
    match tree:
        case ast.Binary(operator, ast.Name(ast.INPUT), bound) if operator in ORDER and not ast.reads_input(bound):
            return f"{operator} {_at(bound, SUM)}"
        case ast.In(ast.Name(ast.INPUT), (ast.RangeOf(low, high) as option,)) if low and high and not ast.reads_input(option):
            return _at(option, LOOSEST)
        case ast.In(ast.Name(ast.INPUT), (option,)) if not isinstance(option, ast.RangeOf) and not ast.reads_input(option):
            text = _at(option, SUM)
            return f"= {text}" if words or NEGATION.match(text) else text
    return _at(tree, LOOSEST)


def expression(tree: ast.Expression) -> str:
    """The text of a literal expression."""
    return _at(tree, LOOSEST)


def constant(value: ast.Scalar) -> str:
    """A literal of that value."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return number(value)
        case str():
            return quoted(value)
    return f'@"{temporal.string(value)}"'


def number(value: Decimal) -> str:
    """Plain digits, or an exponent where plain digits would be many."""
    exponent = value.as_tuple().exponent
    plain = isinstance(exponent, int) and abs(exponent) <= PLAIN_EXPONENT
    return format(value, "f") if plain else str(value).replace("E", "e")


def quoted(text: str) -> str:
    """A string literal (DMN 1.5, 10.3.1.2, rule 35)."""
    return '"' + "".join(ESCAPES.get(sign, sign) for sign in text) + '"'


def word(text: str) -> str:
    """A string as our tables write it: bare, or quoted where it would be read as something else."""
    return text if BARE.fullmatch(text) and text not in MISLEADING else quoted(text)


def _at(tree: ast.Expression, binding: int) -> str:
    """The text where something that binds at least so tightly is wanted: in parentheses when it is looser."""
    level, text = WRITERS[type(tree)](tree)
    return text if level >= binding else f"({text})"


def _listed(trees: tuple[ast.Expression, ...]) -> str:
    return ", ".join(_at(tree, LOOSEST) for tree in trees)


Written = tuple[int, str]


def _constant(node: ast.Constant) -> Written:
    negative = isinstance(node.value, Decimal) and node.value.is_signed()
    return SIGN if negative else PRIMARY, constant(node.value)


def _name(node: ast.Name) -> Written:
    return PRIMARY, node.name


def _binary(node: ast.Binary) -> Written:
    binding = BINDING.get(node.operator, COMPARISON)
    left = binding + 1 if binding in (COMPARISON, POWER) else binding
    return binding, f"{_at(node.left, left)} {node.operator} {_at(node.right, binding + 1)}"


def _minus(node: ast.Minus) -> Written:
    """A sign directly before a digit would belong to the number."""
    text = _at(node.operand, POSTFIX)
    return SIGN, f"-({text})" if text[0].isdigit() else f"-{text}"


def _if(node: ast.If) -> Written:
    condition, then, otherwise = (_at(part, LOOSEST) for part in (node.condition, node.then, node.otherwise))
    return LOOSEST, f"if {condition} then {then} else {otherwise}"


def _in(node: ast.In) -> Written:
    return COMPARISON, f"{_at(node.item, SUM)} in ({', '.join(_option(option) for option in node.options)})"


def _option(tree: ast.Expression) -> str:
    return _open_range(tree) if isinstance(tree, ast.RangeOf) and None in (tree.low, tree.high) else _at(tree, LOOSEST)


def _call(node: ast.Call) -> Written:
    return POSTFIX, f"{node.function}({_listed(node.arguments)})"


def _invoke(node: ast.Invoke) -> Written:
    arguments = [_at(argument, LOOSEST) for argument in node.arguments]
    if node.parameters:
        arguments = [f"{name}: {argument}" for name, argument in zip(node.parameters, arguments, strict=True)]
    return POSTFIX, f"{_at(node.function, POSTFIX)}({', '.join(arguments)})"


def _lambda(node: ast.Lambda) -> Written:
    parameters = ", ".join(name if kind is None else f"{name}: {_type(kind)}" for name, kind in node.parameters)
    return LOOSEST, f"function({parameters}) {_at(node.body, LOOSEST)}"


def _list(node: ast.ListOf) -> Written:
    return PRIMARY, f"[{_listed(node.items)}]"


def _context(node: ast.ContextOf) -> Written:
    entries = (f"{_key(name)}: {_at(entry, LOOSEST)}" for name, entry in node.entries)
    return PRIMARY, "{" + ", ".join(entries) + "}"


def _key(name: str) -> str:
    return name if KEY.fullmatch(name) else quoted(name)


def _range_of(node: ast.RangeOf) -> Written:
    if node.low is None or node.high is None:
        return PRIMARY, f"({_open_range(node)})"
    gap = "" if isinstance(node.low, ast.Constant) else " "
    low, high = _at(node.low, SUM), _at(node.high, SUM)
    return PRIMARY, _range(low + gap, gap + high, node.low_closed, node.high_closed)


def _open_range(node: ast.RangeOf) -> str:
    above, bound, closed = ("<", node.high, node.high_closed) if node.high is not None else (">", node.low, node.low_closed)
    return f"{above}{'=' if closed else ''} {'' if bound is None else _at(bound, SUM)}"


def _range(low: str, high: str, low_closed: bool, high_closed: bool) -> str:
    return f"{'[' if low_closed else '('}{low}..{high}{']' if high_closed else ')'}"


def _for(node: ast.For) -> Written:
    return LOOSEST, f"for {_iterators(node.iterators)} return {_at(node.result, LOOSEST)}"


def _quantified(node: ast.Quantified) -> Written:
    return LOOSEST, f"{'every' if node.every else 'some'} {_iterators(node.iterators)} satisfies {_at(node.condition, LOOSEST)}"


def _iterators(iterators: tuple[tuple[str, ast.Expression], ...]) -> str:
    return ", ".join(f"{name} in {_at(domain, SUM)}" for name, domain in iterators)


def _instance_of(node: ast.InstanceOf) -> Written:
    return COMPARISON, f"{_at(node.value, POSTFIX)} instance of {_type(node.type)}"


def _type(kind: ast.Type) -> str:
    if kind.name == "function":
        return f"function<{', '.join(map(_type, kind.parts[:-1]))}> -> {_type(kind.parts[-1])}"
    if kind.entries:
        return f"context<{', '.join(f'{name}: {_type(part)}' for name, part in zip(kind.entries, kind.parts, strict=True))}>"
    return f"{kind.name}<{', '.join(map(_type, kind.parts))}>" if kind.parts else kind.name


def _filter(node: ast.Filter) -> Written:
    return POSTFIX, f"{_at(node.source, POSTFIX)}[{_at(node.condition, LOOSEST)}]"


def _path(node: ast.Path) -> Written:
    """An entry that no path can name is asked for by its text."""
    if not ENTRY.fullmatch(node.entry):
        return POSTFIX, f"get value({_at(node.source, LOOSEST)}, {quoted(node.entry)})"
    return POSTFIX, f"{_at(node.source, POSTFIX)}.{node.entry}"


WRITERS: Mapping[type, Callable[[Any], Written]] = MappingProxyType(
    {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.Binary: _binary,
        ast.Minus: _minus,
        ast.If: _if,
        ast.In: _in,
        ast.Call: _call,
        ast.Invoke: _invoke,
        ast.Lambda: _lambda,
        ast.ListOf: _list,
        ast.ContextOf: _context,
        ast.RangeOf: _range_of,
        ast.For: _for,
        ast.Quantified: _quantified,
        ast.InstanceOf: _instance_of,
        ast.Filter: _filter,
        ast.Path: _path,
    }
)
