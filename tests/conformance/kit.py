"""Reads the test cases of the DMN TCK (its `testCases.xsd`): inputs as the JSON that our command takes, expectations as FEEL values."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from cds.dmn.feel import temporal

KIT = Path(__file__).parents[3] / "shared" / "data" / "dmn-tck" / "compliance-level-2"
CASES = "{http://www.omg.org/spec/DMN/20160719/testcase}"
SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
NUMBERS = frozenset({"decimal", "double", "float", "integer", "int", "long"})
TEMPORAL = {"date": temporal.date, "time": temporal.time, "dateTime": temporal.date_and_time, "duration": temporal.duration}
LONG_FRACTION = 10
DOUBLE = Decimal("1e-12")
"""An expectation with so many decimals was computed with doubles, and holds to this part of itself; our decimals have 34 digits."""


@dataclass(frozen=True)
class Expectation:
    """What one decision must give; an error counts as null with a message (TCK, errorResult)."""

    decision: str
    value: Any
    error: bool


@dataclass(frozen=True)
class Case:
    """One test case of the kit."""

    model: Path
    id: str
    inputs: bytes
    expected: tuple[Expectation, ...]

    @property
    def expects_null(self) -> bool:
        """Whether an engine that always answers null passes."""
        return all(one.value is None for one in self.expected)


def cases() -> Iterator[Case]:
    """Every case of level 2, in the order of the files."""
    for path in sorted(KIT.glob("*/*.xml")):
        root = ElementTree.parse(path).getroot()
        model = path.parent / root.findtext(f"{CASES}modelName", "")
        for case in root.iterfind(f"{CASES}testCase"):
            given = {node.get("name", ""): _json(node) for node in case.iterfind(f"{CASES}inputNode")}
            yield Case(model, f"{path.stem}-{case.get('id')}", json.dumps(given).encode(), tuple(_expectations(case)))


def agrees(expected: Any, actual: Any) -> bool:
    """Whether the value is the expected one: exactly, but for a long fraction."""
    if isinstance(expected, Decimal) and isinstance(actual, Decimal):
        is_long = int(expected.as_tuple().exponent) <= -LONG_FRACTION
        return abs(actual - expected) <= abs(expected) * DOUBLE if is_long else actual == expected
    if isinstance(expected, tuple) and isinstance(actual, tuple):
        return len(expected) == len(actual) and all(map(agrees, expected, actual))
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(agrees(expected[name], actual[name]) for name in expected)
    return type(expected) is type(actual) and bool(expected == actual)


def _expectations(case: ElementTree.Element) -> Iterator[Expectation]:
    for node in case.iterfind(f"{CASES}resultNode"):
        expected = node.find(f"{CASES}expected")
        yield Expectation(node.get("name", ""), None if expected is None else _value(expected), node.get("errorResult") == "true")


def _parts(node: ElementTree.Element) -> tuple[ElementTree.Element | None, ElementTree.Element | None, list[ElementTree.Element]]:
    return node.find(f"{CASES}value"), node.find(f"{CASES}list"), node.findall(f"{CASES}component")


def _json(node: ElementTree.Element) -> Any:
    """An input as JSON; numbers and dates as text."""
    value, items, components = _parts(node)
    if value is not None:
        text = _text(value)
        return text == "true" if _kind(value) == "boolean" and text is not None else text
    if items is not None:
        return [_json(item) for item in items.iterfind(f"{CASES}item")]
    return {part.get("name", ""): _json(part) for part in components} or None


def _value(node: ElementTree.Element) -> Any:
    """An expected FEEL value."""
    value, items, components = _parts(node)
    if value is not None:
        return _scalar(value)
    if items is not None:
        return tuple(_value(item) for item in items.iterfind(f"{CASES}item"))
    return {part.get("name", ""): _value(part) for part in components} or None


def _scalar(node: ElementTree.Element) -> Any:
    text, kind = _text(node), _kind(node)
    if text is None or kind == "string":
        return text
    if kind == "boolean":
        return text == "true"
    return Decimal(text) if kind in NUMBERS else TEMPORAL[kind](text)


def _text(node: ElementTree.Element) -> str | None:
    return None if node.get(f"{SCHEMA_INSTANCE}nil") == "true" else node.text or ""


def _kind(node: ElementTree.Element) -> str:
    return node.get(f"{SCHEMA_INSTANCE}type", "xsd:string").split(":")[-1]
