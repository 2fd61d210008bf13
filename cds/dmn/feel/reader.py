"""Reads expressions by recursive descent with precedence climbing (the grammar of DMN 1.5, 10.3.1.2)."""

import re
from collections.abc import Callable, Mapping

from cds.dmn.feel import ast, building, functions, lexer, names, types
from cds.dmn.feel.lexer import Misread, Scanner, Token
from cds.dmn.feel.names import Names

COMPARISONS = ("<", "<=", ">", ">=", "=", "!=")
POWER = {"or": 1, "and": 2, **dict.fromkeys((*COMPARISONS, "between", "in"), 3), "+": 4, "-": 4, "*": 5, "/": 5, "**": 6, "instance": 8}
"""How tightly operators bind; all of them from the left."""

SUM, NEGATION = 4, 7
CLOSES = re.compile(r"\[\s*(?:$|[,)\]}=<>]|(?:and|or|then|else|return|satisfies)\b)")
"""A `[` that ends a range as in `]1..5[`, for no filter begins so."""

Iterators = tuple[tuple[str, ast.Expression], ...]


class Reader:
    """Reads one text; `scanner` stands where the next piece begins."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self._filters = 0

    def whole(self, least: int = 1) -> ast.Expression:
        """An expression whose operators bind at least so tightly, and whose tree is not too high to be walked through."""
        tree = self.operators(least)
        if len(self.scanner.text) > building.HIGHEST:
            building.require_low(tree)
        return tree

    def expression(self) -> ast.Expression:
        """An expression of any kind."""
        return self.operators(1)

    def end(self) -> None:
        """Refuses what is left over."""
        if self.scanner.peek().kind != "end":
            self.scanner.refuse("an operator or the end")

    def operators(self, least: int) -> ast.Expression:
        """An expression whose operators bind at least so tightly."""
        with self.scanner.deeper():
            left = self._operand()
            while (power := self._power()) >= least:
                left = self._operation(left, self.scanner.take().text, power)
            return left

    def option(self) -> ast.Expression:
        """One of the tests behind `in`: with a comparison in front, or an expression."""
        operator = self.scanner.accept(*COMPARISONS)
        return building.compared(operator, self.operators(SUM)) if operator else self.expression()

    def _power(self) -> int:
        token = self.scanner.peek()
        return POWER.get(token.text, 0) if token.kind == "sign" else 0

    def _operation(self, left: ast.Expression, operator: str, power: int) -> ast.Expression:
        if operator == "between":
            low = self.operators(SUM)
            self.scanner.expect("and")
            return ast.In(left, (ast.RangeOf(low, self.operators(SUM), True, True),))
        if operator == "in":
            return ast.In(left, self._options())
        if operator == "instance":
            self.scanner.word("of")
            return ast.InstanceOf(left, types.read(self.scanner))
        return ast.Binary(operator, left, self.operators(power + 1))

    def _options(self) -> tuple[ast.Expression, ...]:
        with self.scanner.bound(ast.INPUT):
            if not self.scanner.accept("("):
                operator = self.scanner.accept(*COMPARISONS)
                return (building.compared(operator, self.operators(SUM)) if operator else self.operators(SUM),)
            first = self.option()
            if self.scanner.accept(".."):
                return (self._range_from(first, low_closed=False),)
            options = [first]
            while self.scanner.accept(","):
                options.append(self.option())
            self.scanner.expect(")")
            return tuple(options)

    def _operand(self) -> ast.Expression:
        if self.scanner.accept("-"):
            if self.scanner.peek().kind == "number":
                return self._continued(ast.Constant(self.scanner.take().value.copy_negate()))
            return building.negative(self.operators(NEGATION))
        return self._continued(self._primary())

    def _continued(self, source: ast.Expression) -> ast.Expression:
        """The value with the filters, paths and calls that follow it."""
        while True:
            if self.scanner.sees("[") and not self.scanner.follows(CLOSES):
                self.scanner.take()
                source = ast.Filter(source, self._condition())
                self.scanner.expect("]")
            elif self.scanner.accept("."):
                source = ast.Path(source, self.scanner.entry())
            elif self.scanner.sees("("):
                arguments, parameters = self._arguments()
                source = ast.Invoke(source, arguments, parameters)
            else:
                return source

    def _condition(self) -> ast.Expression:
        self._filters += 1
        with self.scanner.bound(ast.ITEM):
            condition = self.expression()
        self._filters -= 1
        return condition

    def _primary(self) -> ast.Expression:
        token = self.scanner.peek()
        match token.kind:
            case "number" | "string" | "temporal":
                return ast.Constant(self.scanner.take().value)
            case "name":
                return self._name(self.scanner.take())
            case "function":
                return self._call(self.scanner.take())
            case "word":
                return self._undeclared(token)
            case "sign" if token.text in PRIMARIES:
                self.scanner.take()
                return PRIMARIES[token.text](self)
            case "sign" if token.text == ast.INPUT and self.scanner.question:
                return ast.Name(self.scanner.take().text)
        self.scanner.refuse("a value")

    def _name(self, token: Token) -> ast.Expression:
        """Inside a filter a longer entry of the items wins over a declared name."""
        if not self._filters:
            return ast.Name(token.text)
        found = names.longest((Names(self.scanner.entries),), self.scanner.text, token.start)
        if not found or found.end <= token.end:
            return ast.Name(token.text)
        self.scanner.move(found.end)
        return ast.Path(ast.Name(ast.ITEM), found.name)

    def _undeclared(self, token: Token) -> ast.Expression:
        """A name that nobody declared is an entry of the items inside a filter, and nothing elsewhere."""
        if self._filters:
            return ast.Path(ast.Name(ast.ITEM), self.scanner.entry())
        if token.text in functions.CLOCK:
            raise Misread(f"at column {token.start + 1} asks the clock with {token.text}(): a decision is made of its inputs, so make it an input")
        self.scanner.refuse("a value or a declared name")

    def _call(self, token: Token) -> ast.Expression:
        arguments, parameters = self._arguments()
        if parameters:
            places = functions.order(token.text, parameters)
            if places is None:
                raise Misread(f"at column {token.start + 1} calls {token.text} with {', '.join(parameters)}, which it does not take")
            arguments = tuple(ast.Constant(None) if place is None else arguments[place] for place in places)
        elif not functions.takes(token.text, len(arguments)):
            raise Misread(f"at column {token.start + 1} calls {token.text} with {len(arguments)} arguments, which it does not take")
        return building.folded(ast.Call(token.text, arguments))

    def _arguments(self) -> tuple[tuple[ast.Expression, ...], tuple[str, ...]]:
        """Arguments by position, or by name with the names."""
        self.scanner.expect("(")
        parameters: list[str] = []
        arguments: list[ast.Expression] = []
        if self.scanner.accept(")"):
            return (), ()
        named = self.scanner.follows(lexer.LABEL)
        while True:
            if named:
                parameters.append(self.scanner.label(lexer.LABEL) or self.scanner.refuse("the name of a parameter"))
                self.scanner.expect(":")
            arguments.append(self.expression())
            if not self.scanner.accept(","):
                break
        self.scanner.expect(")")
        return tuple(arguments), tuple(parameters)

    def _if(self) -> ast.Expression:
        condition = self.expression()
        self.scanner.expect("then")
        then = self.expression()
        self.scanner.expect("else")
        return ast.If(condition, then, self.expression())

    def _for(self) -> ast.Expression:
        return self._iterated((), lambda iterators: ast.For(iterators, self._after("return", ast.PARTIAL)))

    def _some(self) -> ast.Expression:
        return self._iterated((), lambda iterators: ast.Quantified(False, iterators, self._after("satisfies")))

    def _every(self) -> ast.Expression:
        return self._iterated((), lambda iterators: ast.Quantified(True, iterators, self._after("satisfies")))

    def _after(self, keyword: str, *bound: str) -> ast.Expression:
        self.scanner.expect(keyword)
        with self.scanner.bound(*bound):
            return self.expression()

    def _iterated(self, before: Iterators, finish: Callable[[Iterators], ast.Expression]) -> ast.Expression:
        """Reads one name and its domain, and with the name bound the next ones and the end."""
        name = self.scanner.label(lexer.BOUND) or self.scanner.refuse("a name and `in`")
        self.scanner.expect("in")
        domain = self.expression()
        if self.scanner.accept(".."):
            domain = ast.RangeOf(domain, self.operators(SUM), True, True)
        iterators = (*before, (name, domain))
        with self.scanner.bound(name):
            if not self.scanner.accept(","):
                return finish(iterators)
            with self.scanner.deeper():
                return self._iterated(iterators, finish)

    def _function(self) -> ast.Expression:
        self.scanner.expect("(")
        parameters: list[tuple[str, ast.Type | None]] = []
        while not self.scanner.accept(")"):
            if parameters:
                self.scanner.expect(",")
            name = self.scanner.label(lexer.PARAMETER) or self.scanner.refuse("the name of a parameter")
            parameters.append((name, types.read(self.scanner) if self.scanner.accept(":") else None))
        if self.scanner.peek().text == "external":
            self.scanner.refuse("the body of a function: functions of other programs are not called")
        with self.scanner.bound(*(name for name, _ in parameters)):
            return ast.Lambda(tuple(parameters), self.expression())

    def _parenthesis(self) -> ast.Expression:
        operator = self.scanner.accept("<", "<=", ">", ">=")
        inside = building.compared(operator, self.operators(SUM)) if operator else self.expression()
        if not operator and self.scanner.accept(".."):
            return self._range_from(inside, low_closed=False)
        self.scanner.expect(")")
        return inside

    def _bracket(self) -> ast.Expression:
        if self.scanner.accept("]"):
            return ast.ListOf(())
        items = [self.expression()]
        if self.scanner.accept(".."):
            return self._range_from(items[0], low_closed=True)
        while self.scanner.accept(","):
            items.append(self.expression())
        self.scanner.expect("]")
        return ast.ListOf(tuple(items))

    def _open_range(self) -> ast.Expression:
        low = self.operators(SUM)
        self.scanner.expect("..")
        return self._range_from(low, low_closed=False)

    def _range_from(self, low: ast.Expression, *, low_closed: bool) -> ast.Expression:
        high = self.operators(SUM)
        return ast.RangeOf(low, high, low_closed, self.scanner.expect("]", ")", "[") == "]")

    def _context(self) -> ast.Expression:
        entries: dict[str, ast.Expression] = {}
        self._entries(entries)
        return ast.ContextOf(tuple(entries.items()))

    def _entries(self, entries: dict[str, ast.Expression]) -> None:
        while not self.scanner.accept("}"):
            if entries:
                self.scanner.expect(",")
            name = self.scanner.label(lexer.LABEL) or self.scanner.string()
            if name in entries:
                self.scanner.refuse(f"another name than {name!r}, which the context has already")
            self.scanner.expect(":")
            with self.scanner.bound(*entries):
                entries[name] = self.expression()
            self.scanner.entries.add(name)


def _half_open(operator: str) -> Callable[[Reader], ast.Expression]:
    return lambda reader: building.compared(operator, reader.operators(SUM))


def _value(value: ast.Scalar) -> Callable[[Reader], ast.Expression]:
    return lambda _: ast.Constant(value)


PRIMARIES: Mapping[str, Callable[[Reader], ast.Expression]] = {
    "(": Reader._parenthesis,
    "[": Reader._bracket,
    "]": Reader._open_range,
    "{": Reader._context,
    "if": Reader._if,
    "for": Reader._for,
    "some": Reader._some,
    "every": Reader._every,
    "function": Reader._function,
    "true": _value(True),
    "false": _value(False),
    "null": _value(None),
    **{operator: _half_open(operator) for operator in ("<", "<=", ">", ">=")},
}
"""What an expression may begin with, after that sign."""
