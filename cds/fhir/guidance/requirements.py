"""What an answer lacked, as data requirements: questions left open, and parts of the record that were not given."""

from collections.abc import Iterable, Iterator
from urllib.parse import parse_qs

from cds.facts import FactDefinitions
from cds.fhir.knowledge.publication import Publication, Resource

RESPONSE = "QuestionnaireResponse"


def requirements(published: Publication, *, complete: bool, missing: Iterable[str], not_checked: Iterable[str]) -> list[Resource]:
    """The response again, with the linkId of each question that is still open, unless it is complete; then the parts of the record."""
    facts = published.release.facts
    return [*([] if complete else [_questions(published, missing)]), *_record(facts, not_checked)]


def _questions(published: Publication, missing: Iterable[str]) -> Resource:
    facts = published.release.facts.facts
    asked = [facts[name].link_id for name in missing if name in facts and facts[name].link_id]
    marks = [published.extension("unanswered-item", valueString=link_id) for link_id in asked]
    return ({"extension": marks} if marks else {}) | {"type": RESPONSE}


def _record(facts: FactDefinitions, not_checked: Iterable[str]) -> Iterator[Resource]:
    """As the prefetch template of the key asks: its type, and its codes where it names any."""
    for key in not_checked:
        kind, _, query = facts.prefetch.get(key, "").partition("?")
        asked = parse_qs(query).get("code", [""])[0]
        pairs = (token.partition("|") for token in asked.split(",") if "|" in token)
        codes = [{"system": system, "code": code} for system, _, code in pairs]
        if kind:
            yield {"type": kind.split("/")[0]} | ({"codeFilter": [{"path": "code", "code": codes}]} if codes else {})
