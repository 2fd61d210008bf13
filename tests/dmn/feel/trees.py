"""Random syntax trees, in the forms that the reader gives them."""

import datetime
from decimal import Decimal

from hypothesis import strategies as st

from cds.dmn.feel import ast, building

NAMES = ("a", "b-c", "low back", "x.rules", "Größe")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.decimals(-1000, 1000, places=2) | st.sampled_from([Decimal("1E+50"), Decimal("1.5e-60"), Decimal("-0.001"), Decimal("1E+3")])
OFFSETS = st.none() | st.integers(-720, 720).map(lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes)))
SECONDS = st.timedeltas(datetime.timedelta(days=-4000), datetime.timedelta(days=4000))
MOMENTS = st.one_of(
    st.dates(),
    st.times(timezones=OFFSETS),
    st.datetimes(timezones=OFFSETS),
    SECONDS,
    st.integers(-500, 500).map(ast.YearsMonths),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXT, MOMENTS)
CONSTANTS = SCALARS.map(ast.Constant)
READ = st.sampled_from(NAMES).map(ast.Name)
TYPES = st.sampled_from([ast.Type("number"), ast.Type("list", (ast.Type("string"),)), ast.Type("context", (ast.Type("date"),), ("a b",))])
OPERATORS = st.sampled_from(["+", "-", "*", "/", "**", "<", "<=", ">", ">=", "=", "!=", "and", "or"])
BOUND = ("i", "my item")
ENTRIES = ("p", "q r", "")


def _grown(inner: st.SearchStrategy[ast.Expression]) -> st.SearchStrategy[ast.Expression]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    domains = several.map(lambda trees: tuple(zip(BOUND, trees, strict=False)))
    entries = several.map(lambda trees: tuple(zip(ENTRIES, trees, strict=False)))
    ranges = st.builds(ast.RangeOf, inner, inner, st.booleans(), st.booleans()) | _open(inner)
    parameters = st.sampled_from([(), (("n", None),), (("n", ast.Type("number")), ("my m", None))])
    return st.one_of(
        st.builds(ast.Binary, OPERATORS, inner, inner),
        inner.map(building.negative),
        st.builds(ast.If, inner, inner, inner),
        st.builds(ast.In, inner, st.lists(inner | ranges, min_size=1, max_size=2).map(tuple)),
        st.builds(ast.Call, st.sampled_from(["max", "list contains", "substring before"]), st.tuples(inner, inner)),
        st.builds(ast.Invoke, READ, several),
        st.builds(ast.Invoke, inner, st.tuples(inner), st.just(("n",))),
        st.builds(ast.Lambda, parameters, inner),
        st.lists(inner, max_size=3).map(tuple).map(ast.ListOf),
        entries.map(ast.ContextOf),
        ranges,
        st.builds(ast.For, domains, inner),
        st.builds(ast.Quantified, st.booleans(), domains, inner),
        st.builds(ast.InstanceOf, inner, TYPES),
        st.builds(ast.Filter, inner, inner | st.just(ast.Binary("=", ast.Name("item"), ast.Constant(Decimal(1))))),
        st.builds(ast.Path, inner, st.sampled_from(["p", "s-t"])),
    )


def _open(inner: st.SearchStrategy[ast.Expression]) -> st.SearchStrategy[ast.Expression]:
    low = st.builds(ast.RangeOf, inner, st.none(), st.booleans(), st.just(False))
    return low | st.builds(ast.RangeOf, st.none(), inner, st.just(False), st.booleans())


EXPRESSIONS = st.recursive(CONSTANTS | READ, _grown, max_leaves=8)

WORDS = st.sampled_from(["yes", "two words", "unknown", "null", "true", "not", "-", "W-2.c1", "1", ""]) | TEXT
BOUNDS = NUMBERS | WORDS | MOMENTS
PAIRS = st.one_of(*(st.tuples(kind, kind) for kind in (NUMBERS, WORDS, st.dates(), SECONDS)))
LIMITS = st.one_of(
    st.builds(ast.Binary, st.sampled_from(["<", ">="]), st.just(ast.Name("?")), READ),
    st.builds(ast.Binary, st.just("and"), st.just(ast.Binary("=", ast.Name("?"), ast.Name("a"))), EXPRESSIONS),
    st.builds(ast.In, st.just(ast.Name("?")), st.tuples(READ | EXPRESSIONS.map(lambda tree: ast.ListOf((tree,))))),
    st.builds(ast.In, st.just(ast.Name("?")), st.tuples(st.builds(ast.RangeOf, READ, CONSTANTS, st.booleans(), st.booleans()))),
    st.builds(ast.In, st.just(ast.Name("?")), st.tuples(_open(READ))),
)
TESTS: st.SearchStrategy[ast.UnaryTest] = st.recursive(
    st.one_of(
        st.just(ast.Unknown()),
        (BOUNDS | st.booleans()).map(ast.Equals),
        st.builds(ast.Compare, st.sampled_from(["<", "<=", ">", ">="]), BOUNDS),
        st.builds(lambda pair, low, high: ast.Interval(pair[0], pair[1], low, high), PAIRS, st.booleans(), st.booleans()),
        LIMITS.map(ast.Satisfies),
    ),
    lambda inner: st.lists(inner, min_size=1, max_size=2).map(tuple).map(ast.Not),
    max_leaves=3,
)
CELLS = st.just((ast.Anything(),)) | st.lists(TESTS, min_size=1, max_size=3).map(tuple)
MEMBERS = st.lists(st.builds(ast.Contains, WORDS | NUMBERS), min_size=1, max_size=2).map(tuple)
