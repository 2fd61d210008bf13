"""A decision diagram over the levels of a grid: what holds for each point, with equal parts kept once, and its cover by boxes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from cds.dmn.analysis.walk import Box

OUTSIDE, INSIDE = -1, -2
"""The leaves of a set; a diagram of outcomes has OUTSIDE where nothing is to be told and further leaves below INSIDE."""

Told = Callable[[Box], Box]
"""The part of a box that can be told by input."""


@dataclass
class Diagram:
    """Nodes by number; a leaf is negative. `sizes` are the numbers of cells of the levels, in the order of the walk."""

    sizes: tuple[int, ...]
    nodes: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    known: dict[tuple[int, tuple[int, ...]], int] = field(default_factory=dict)

    def node(self, depth: int, children: tuple[int, ...]) -> int:
        """The node with these children, one for each cell of its level; the child itself where all are the same."""
        if children.count(children[0]) == len(children):
            return children[0]
        key = (depth, children)
        if key not in self.known:
            self.known[key] = len(self.nodes)
            self.nodes.append(key)
        return self.known[key]

    def points(self, root: int, leaf: int) -> int:
        """The set of the points that have this leaf."""
        found: dict[int, int] = {}

        def visit(node: int) -> int:
            if node < 0:
                return INSIDE if node == leaf else OUTSIDE
            if node not in found:
                depth, children = self.nodes[node]
                found[node] = self.node(depth, tuple(map(visit, children)))
            return found[node]

        return visit(root)

    def boxes(self, points: int, told: Told) -> Iterator[Box]:
        """Boxes that together are exactly this set, each as wide as it can be; they may overlap."""
        left = points
        while left != OUTSIDE:
            box = told(self._widened(points, told(self._point(left))))
            yield box
            left = self._without(left, box)

    def _point(self, node: int) -> Box:
        """One point of a set that has some; a level that does not matter keeps all its cells."""
        box = [(1 << size) - 1 for size in self.sizes]
        while node >= 0:
            depth, children = self.nodes[node]
            cell = next(cell for cell, child in enumerate(children) if child != OUTSIDE)
            box[depth], node = 1 << cell, children[cell]
        return tuple(box)

    def _widened(self, points: int, box: Box) -> Box:
        """The box with more cells, level by level, each that keeps it inside the set while the levels below stay as they are."""
        wide = list(box)
        held: dict[int, bool] = {INSIDE: True, OUTSIDE: False}
        reached = {points}
        for depth, size in enumerate(self.sizes):
            here = [self.nodes[node][1] for node in reached if node >= 0 and self.nodes[node][0] == depth]
            wide[depth] = sum(1 << cell for cell in range(size) if all(self._holds(children[cell], box, held) for children in here))
            reached = {node for node in reached if node >= 0 and self.nodes[node][0] > depth}
            reached.update(child for children in here for cell, child in enumerate(children) if wide[depth] >> cell & 1)
        return tuple(wide)

    def _holds(self, node: int, box: Sequence[int], held: dict[int, bool]) -> bool:
        """Whether all of the box below this node is in the set."""
        if node not in held:
            depth, children = self.nodes[node]
            held[node] = all(self._holds(child, box, held) for cell, child in enumerate(children) if box[depth] >> cell & 1)
        return held[node]

    def _without(self, points: int, box: Box) -> int:
        found: dict[tuple[int, int], int] = {}

        def visit(node: int, depth: int) -> int:
            if node == OUTSIDE or depth == len(self.sizes):
                return OUTSIDE
            if (node, depth) not in found:
                at, children = self.nodes[node] if node >= 0 else (depth + 1, ())
                below = children if at == depth else (node,) * self.sizes[depth]
                rest = tuple(visit(child, depth + 1) if box[depth] >> cell & 1 else child for cell, child in enumerate(below))
                found[node, depth] = self.node(depth, rest)
            return found[node, depth]

        return visit(points, 0)
