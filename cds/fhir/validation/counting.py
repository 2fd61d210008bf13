"""How often an item is there: required, minOccurs and maxOccurs, which count the answers of a question and the occurrences of a group.

Counted in each scope on its own, so in every instance of a repeating group. A group that is left out, and neither required nor
repeating, counts as there and empty: leaving the group out answers none of its required questions.
"""

from collections.abc import Iterator, Sequence

from cds.fhir.questionnaire import Item
from cds.fhir.validation import rules
from cds.fhir.validation.placing import Placed, Scope, Tree
from cds.foundation.errors import Diagnostic


def check(item: Item, given: Sequence[Placed], scope: Scope, tree: Tree, *, enabled: bool) -> Iterator[Diagnostic]:
    """Too few only where the item is surely enabled and none of it stands elsewhere, too many always."""
    if enabled and item.link_id not in tree.strays:
        yield from _too_few(item, given, scope, tree)
    yield from _too_many(item, given, tree)


def counts_as_there(item: Item) -> bool:
    """True for a group whose questions are asked for although the group is left out."""
    return item.type == "group" and not item.repeats and not item.required


def asked_for(item: Item) -> bool:
    """True for an item that may be missed, and for one whose questions may be."""
    return item.required or item.min_occurs is not None or counts_as_there(item)


def _too_few(item: Item, given: Sequence[Placed], scope: Scope, tree: Tree) -> Iterator[Diagnostic]:
    place = given[0].place if given else scope.place
    count = len(given) if item.type == "group" else sum(len(one.values) for one in given)
    if item.required and not _answered(item, given, tree):
        said = "has no answer in it. Answer its questions" if item.type == "group" else "has no answer. It counts as unknown; ask for it"
        yield from rules.broken("required", tree.status, f"{item.link_id} is required and {said}.", place)
    elif item.min_occurs is not None and count < item.min_occurs:
        text = f"{item.link_id} asks for at least {item.min_occurs} {_counted(item)}. Send so many."
        yield from rules.broken("minCount", tree.status, text, place)


def _answered(item: Item, given: Sequence[Placed], tree: Tree) -> bool:
    """A display takes no answer, nor does a group of nothing but displays."""
    if item.type == "display" or (item.type == "group" and item.link_id not in tree.asking):
        return True
    return any(one.values or any(inner in tree.answered for inner in tree.inner[one]) for one in given)


def _too_many(item: Item, given: Sequence[Placed], tree: Tree) -> Iterator[Diagnostic]:
    most = item.max_occurs
    if most is None:
        return
    text = f"{item.link_id} takes at most {most} {_counted(item)}. Send no more."
    if item.type == "group":
        places = [one.place for one in given[most : most + 1]]
    else:
        places = [f"{one.place}.answer" for one in given if len(one.answers) > most]
    for place in places:
        yield from rules.broken("maxCount", tree.status, text, place)


def _counted(item: Item) -> str:
    return "of this group" if item.type == "group" else "answers"
