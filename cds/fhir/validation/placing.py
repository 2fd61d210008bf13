"""Where the items of a response stand: each beside the item of the form that it answers, and what is wrong with its place.

A form has groups, and questions with items of their own; a response has a group as often as it repeats, and the items of a question
under each of its answers. Items that stand where the form does not have them are told and otherwise left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cds.fhir import concepts, items
from cds.fhir.questionnaire import Form, Item
from cds.fhir.validation import context, rules
from cds.fhir.validation.context import Context
from cds.foundation.errors import Diagnostic

ROOT = "QuestionnaireResponse"


@dataclass(frozen=True, eq=False)
class Scope:
    """The response, one group or one answer of a question: what holds items.

    `around` are the scopes that it stands in, the response first; `values` those of the answer that it is.
    """

    place: str
    around: tuple["Scope", ...] = ()
    values: tuple[Any, ...] = ()
    owner: "Placed | None" = None

    @property
    def chain(self) -> tuple["Scope", ...]:
        """The scopes around it and itself: one for the response, and one for each item of the form above those that it holds."""
        return (*self.around, self)


@dataclass(frozen=True, eq=False)
class Placed:
    """One item of the response, the item of the form that it answers, and the scope it stands in."""

    item: Item
    given: Mapping[str, Any]
    place: str
    scope: Scope

    @cached_property
    def answers(self) -> Sequence[Mapping[str, Any]]:
        """Its answers; none of a group or a display, which take none."""
        return () if self.item.type in ("group", "display") else concepts.objects(self.given.get("answer"))

    @cached_property
    def values(self) -> tuple[Any, ...]:
        """The values of its answers; one that only says why it has no value has none."""
        return tuple(value for answer in self.answers for value in known(answer))


@dataclass(frozen=True)
class Tree:
    """A response against its form: by scope and linkId the items that it holds directly (`held`), and the different values that stand
    in it at any depth (`said`), those of one item together; `first` is the first item of a linkId.

    `inner` are the scopes of an item, `answered` the scopes with a value in them at any depth. `strays` are the linkIds of items that
    stand in a wrong place, and of the items around their right one: whether those are answered cannot be told. `asking` are the linkIds
    of the items that have a question somewhere in them. `met` are the outcomes of conditions, each by itself and by the scope, or
    the values of one item, that it was asked of.
    """

    form: Form
    context: Context
    asking: frozenset[str]
    root: Scope = field(default_factory=lambda: Scope(ROOT))
    held: dict[tuple[Scope, str], list[Placed]] = field(default_factory=dict)
    said: dict[tuple[Scope, str], dict[str, tuple[Any, ...]]] = field(default_factory=dict)
    first: dict[str, Placed] = field(default_factory=dict)
    inner: dict[Placed, list[Scope]] = field(default_factory=dict)
    answered: set[Scope] = field(default_factory=set)
    strays: set[str] = field(default_factory=set)
    met: dict[tuple[int, "Scope | int"], bool | None] = field(default_factory=dict)

    @property
    def status(self) -> object:
        """The status of the response."""
        return self.context.status


def known(answer: Mapping[str, Any]) -> Iterator[Any]:
    """The values of an answer but one that holds only the reason why there is none, or nothing to read: blanks, an attachment by name."""
    yield from (value for name, value in items.values_of(answer) if not items.is_excused(value) and not _is_empty(name, value))


def _is_empty(name: str, value: Any) -> bool:
    return not value.strip() if isinstance(value, str) else name == "valueAttachment" and concepts.mapping(value).keys().isdisjoint({"data", "url"})


def place(response: Mapping[str, Any], form: Form) -> tuple[Tree, list[Diagnostic]]:
    """The tree of a response that the R4 models accepted, and every item that is not in the form, at a wrong level or out of order."""
    questions = (item for item in form.items.values() if item.type not in ("group", "display"))
    tree = Tree(form, context.of(response), frozenset(name for item in questions for name in item.parents))
    return tree, list(_level(response, tree.root, form.top, tree))


def _level(holder: Mapping[str, Any], scope: Scope, names: Sequence[str], tree: Tree) -> Iterator[Diagnostic]:
    order = {name: position for position, name in enumerate(names)}
    last = 0
    for position, given in _members(holder):
        where = f"{scope.place}.item[{position}]"
        item = tree.form.items.get(concepts.text(given.get("linkId")))
        if item is None or item.link_id not in order:
            yield from _misfit(given, item, where, tree)
            continue
        if order[item.link_id] < last:
            text = f"{item.link_id} stands after an item that it comes before in the questionnaire. Send the items in its order."
            yield from rules.broken("wrongOrder", tree.status, text, where)
        last = order[item.link_id]
        yield from _placed(Placed(item, given, where, scope), tree)


def _members(holder: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for position, given in enumerate(holder.get("item", ())):
        if isinstance(given, Mapping):
            yield position, given


def _misfit(given: Mapping[str, Any], item: Item | None, where: str, tree: Tree) -> Iterator[Diagnostic]:
    _stray(given, tree)
    if not concepts.text(given.get("linkId")):
        yield from rules.broken("linkIdMissing", tree.status, "An item has no linkId. Give it that of its question.", f"{where}.linkId")
    elif item is None:
        text = "This linkId is not in the questionnaire. Use the linkIds of its version that you name."
        yield from rules.broken("invalidLinkId", tree.status, text, where)
    else:
        home = f"under {item.parents[-1]}" if item.parents else "at the top"
        yield from rules.broken("wrongLevel", tree.status, f"{item.link_id} stands at the wrong level. Put it {home}.", where)


def _stray(given: Mapping[str, Any], tree: Tree) -> None:
    for one in (given, *items.walk(given)):
        item = tree.form.items.get(concepts.text(concepts.mapping(one).get("linkId")))
        if item is not None:
            tree.strays.update((item.link_id, *item.parents))


def _placed(one: Placed, tree: Tree) -> Iterator[Diagnostic]:
    item = one.item
    siblings = tree.held.setdefault((one.scope, item.link_id), [])
    if siblings and not (item.type == "group" and item.repeats):
        text = f"{item.link_id} stands more than once. Send it once, with all its answers."
        yield from rules.broken("repeatedItem", tree.status, text, one.place)
    siblings.append(one)
    tree.first.setdefault(item.link_id, one)
    _said(one, tree)
    yield from _group(one, tree) if item.type in ("group", "display") else _question(one, tree)


def _said(one: Placed, tree: Tree) -> None:
    key = repr(one.values)
    for scope in one.scope.chain:
        tree.said.setdefault((scope, one.item.link_id), {})[key] = one.values
    if one.values:
        tree.answered.update(one.scope.chain)


def _group(one: Placed, tree: Tree) -> Iterator[Diagnostic]:
    """A display is a group without items."""
    item = one.item
    if "answer" in one.given:
        code = "displayAnswer" if item.type == "display" else "groupShouldNotHaveAnswers"
        text = f"{item.link_id} is a {item.type} and takes no answer. Leave it out."
        yield from rules.broken(code, tree.status, text, f"{one.place}.answer")
    for position, answer in enumerate(concepts.objects(one.given.get("answer"))):
        yield from _misplaced(answer, f"{one.place}.answer[{position}]", item, "Put it directly under the item of the group.", tree)
    scope = Scope(one.place, one.scope.chain, owner=one)
    tree.inner[one] = [scope]
    yield from _level(one.given, scope, item.children, tree)


def _question(one: Placed, tree: Tree) -> Iterator[Diagnostic]:
    yield from _misplaced(one.given, one.place, one.item, "Put it under the answer (answer.item).", tree)
    tree.inner[one] = []
    for position, answer in enumerate(one.answers):
        scope = Scope(f"{one.place}.answer[{position}]", one.scope.chain, tuple(known(answer)), one)
        tree.inner[one].append(scope)
        yield from _level(answer, scope, one.item.children, tree)


def _misplaced(holder: Mapping[str, Any], base: str, parent: Item, advice: str, tree: Tree) -> Iterator[Diagnostic]:
    """The items in an element of their parent that holds none."""
    for position, given in _members(holder):
        where = f"{base}.item[{position}]"
        item = tree.form.items.get(concepts.text(given.get("linkId")))
        if item is None or item.link_id not in parent.children:
            yield from _misfit(given, item, where, tree)
        else:
            _stray(given, tree)
            text = f"{item.link_id} does not stand where the items of {parent.link_id} stand. {advice}"
            yield from rules.broken("misplacedItems", tree.status, text, where)
