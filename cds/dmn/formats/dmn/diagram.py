"""The picture of a requirement graph (DMN 1.5, 13): what is required stands below what requires it, layer by layer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from cds.dmn.formats.dmn.building import Builder
from cds.dmn.formats.dmn.names import DC, DI

WIDTH, HEIGHT, GAP, RISE, MARGIN = 180, 80, 40, 120, 160
PER_ROW = 12
"""Sizes in the units of the diagram, and how many nodes stand side by side."""


@dataclass(frozen=True)
class Arrow:
    """A requirement by its id, from the node that is required to the one that requires it."""

    id: str
    source: str
    target: str


@dataclass(frozen=True)
class Place:
    """The upper left corner of a node."""

    x: int
    y: int


def write(builder: Builder, parent: etree._Element, nodes: Sequence[str], arrows: Sequence[Arrow]) -> None:
    """Adds the diagram of the nodes (ids, each after those that it requires) and the arrows between them."""
    places = _places(nodes, arrows)
    whole = builder.diagram(parent, "DMNDI")
    picture = builder.diagram(whole, "DMNDiagram", id=builder.id("diagram"))
    for node, place in places.items():
        shape = builder.diagram(picture, "DMNShape", id=builder.id(f"shape-{node}"), dmnElementRef=node)
        etree.SubElement(shape, f"{{{DC}}}Bounds", x=str(place.x), y=str(place.y), width=str(WIDTH), height=str(HEIGHT))
    for arrow in arrows:
        edge = builder.diagram(picture, "DMNEdge", id=builder.id(f"edge-{arrow.id}"), dmnElementRef=arrow.id)
        source, target = places[arrow.source], places[arrow.target]
        for x, y in ((source.x + WIDTH // 2, source.y), (target.x + WIDTH // 2, target.y + HEIGHT)):
            etree.SubElement(edge, f"{{{DI}}}waypoint", x=str(x), y=str(y))


def _places(nodes: Sequence[str], arrows: Sequence[Arrow]) -> Mapping[str, Place]:
    """Rows from the bottom, each centred, its nodes as near as can be above what they require."""
    below: dict[str, list[str]] = {node: [] for node in nodes}
    for arrow in arrows:
        below[arrow.target].append(arrow.source)
    places: dict[str, Place] = {}
    rows = 0
    for layer in _layers(below):
        near = sorted(layer, key=lambda node: _middle([places[source].x for source in below[node]]))
        for row in _cut(near):
            left = (PER_ROW - len(row)) * (WIDTH + GAP) // 2
            places |= {node: Place(left + number * (WIDTH + GAP), -rows * (HEIGHT + RISE)) for number, node in enumerate(row)}
            rows += 1
    return _shifted(places)


def _layers(below: Mapping[str, Sequence[str]]) -> Sequence[Sequence[str]]:
    """Each node one layer above the highest that it requires."""
    depth: dict[str, int] = {}
    for node, sources in below.items():
        depth[node] = 1 + max((depth[source] for source in sources), default=-1)
    return [[node for node, layer in depth.items() if layer == number] for number in range(max(depth.values(), default=-1) + 1)]


def _middle(positions: Sequence[int]) -> int:
    return sum(positions) // len(positions) if positions else 0


def _cut(layer: Sequence[str]) -> Iterator[Sequence[str]]:
    """The layer in rows of equal length."""
    rows = -(-len(layer) // PER_ROW)
    yield from (layer[len(layer) * row // rows : len(layer) * (row + 1) // rows] for row in range(rows))


def _shifted(places: Mapping[str, Place]) -> Mapping[str, Place]:
    """All places with some room to the left and above."""
    left, top = (min((getattr(place, side) for place in places.values()), default=0) - MARGIN for side in ("x", "y"))
    return {node: Place(place.x - left, place.y - top) for node, place in places.items()}
