"""Rows D1 and D6 to D11: data that are sent, missing, empty, broken, or fetched from the stub (CDS Hooks 3.0, "Prefetch Template")."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from cds.client.checks import stub
from cds.client.checks.staging import EMPTY, Call
from cds.client.checks.visit import LACKS_DATA, NotChecked, Visit, essence, refused, silent, told
from cds.client.wire import OK

NEXT = "Condition?patient=further&_page=2"
"""What a prefetched search says is its next page."""
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception", "diagnostics": "The query failed."}]}


def keys_count(visit: Visit) -> Iterator[str]:
    """D1: nothing that was sent under its key is missing."""
    judged = False
    for call, reply in visit.calls:
        whole = bool(call.keys) and all(call.prefetch.get(key) is not None for key in call.keys)
        judged = judged or (whole and reply.status in (OK, LACKS_DATA))
        if whole and reply.status == LACKS_DATA:
            yield f"{call.service} was sent every key of its templates, and says that data are missing."
    if not judged:
        raise NotChecked("No service got every key that it asks for.")


def fetches_the_rest(visit: Visit) -> Iterator[str]:
    """D6: where the service fetches at all, it fetches each missing key, and none that was sent; every other key is missing, then the rest."""
    call, _, asked = visit.fetched
    wanted = {one.query for one in asked}
    keys = [key for key, query in call.keys.items() if query in wanted]
    for missing in (keys[::2], keys[1::2]):
        visit.stub.asked.clear()
        sent = {key: value for key, value in call.prefetch.items() if key not in missing}
        visit.call(call, {"prefetch": sent, **visit.access(call)})
        queries = {one.query for one in visit.stub.asked}
        yield from (f"With nothing sent {key} is fetched, but not when other keys are sent." for key in missing if call.keys[key] not in queries)
        if queries & ({call.keys[key] for key in sent} - {call.keys[key] for key in missing}):
            yield "What had been sent was fetched again."


def says_what_lacks(visit: Visit) -> Iterator[str]:
    """D7."""
    call, whole = visit.sound
    reply = visit.audible(visit.call(call, {"prefetch": {}}))
    if reply.status == LACKS_DATA:
        return
    if reply.status == OK and essence(reply) == essence(whole):
        raise NotChecked("The answer does not depend on prefetched data.")
    if reply.status != OK:
        yield f"Without any data and without a server to fetch them from the answer was {told(reply)}; it has to be 412."
    elif silent(reply):
        yield "Without any data the answer was 200 without cards; it has to be 412."


def null_is_nothing(visit: Visit) -> Iterator[str]:
    """D8: null and an empty Bundle are the same, and neither is fetched again."""
    call = _searching(visit)
    null = {**call.prefetch, **dict.fromkeys(call.searches)}
    answers = [visit.call(call, {"prefetch": sent}) for sent in (null, _replaced(call, EMPTY))]
    if answers[0].status != answers[1].status or essence(answers[0]) != essence(answers[1]):
        yield f"null and an empty Bundle are answered differently ({told(answers[0])} and {told(answers[1])})."
        return
    visit.stub.asked.clear()
    visit.call(call, {"prefetch": null, **visit.access(call)})
    if {one.query for one in visit.stub.asked} & {call.keys[key] for key in call.searches}:
        yield "What was sent as null was fetched again."


def outcome_is_no_data(visit: Visit) -> Iterator[str]:
    """D9: an OperationOutcome, alone or in a Bundle, is not read as if the query had found nothing."""
    call = _searching(visit)
    empty = essence(visit.call(call, {"prefetch": _replaced(call, EMPTY)}))
    if empty == essence(visit.sound[1]):
        raise NotChecked("The answer does not depend on what the searches find.")
    bundled = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": OUTCOME, "search": {"mode": "outcome"}}]}
    for what, sent in (("An OperationOutcome", OUTCOME), ("A Bundle with an OperationOutcome", bundled)):
        reply = visit.audible(visit.call(call, {"prefetch": _replaced(call, sent)}))
        if reply.status == OK and essence(reply) == empty:
            yield f"{what} was read as if there were no data: a query that failed is not one that found nothing."
        elif reply.status != OK and not refused(reply):
            yield f"{what} as prefetch got {told(reply)}; it is data that could not be had."


def further_pages(visit: Visit) -> Iterator[str]:
    """D10: where the service reads on at all, it does so as it fetches anything (row E1), and at the server of the call alone."""
    call, (_, _, fetched) = _searching(visit), visit.fetched
    page = stub.query(NEXT)
    visit.stub.answers[page] = dict(EMPTY)
    with stub.started() as other:
        for server in (visit.stub, other):
            visit.stub.asked.clear()
            visit.call(call, {"prefetch": _replaced(call, _first_page(f"{server.fhir}/{NEXT}")), **visit.access(call)})
            if server is visit.stub:
                asked = [one for one in server.asked if one.query == page]
    if other.asked:
        yield "A further page was fetched from another server than that of the call."
    elif not asked:
        raise NotChecked("It reads no further page of a prefetched search.")
    if any(one.authorization not in {before.authorization for before in fetched} for one in asked):
        yield "A further page was fetched without the token of the call."


def same_both_ways(visit: Visit) -> Iterator[str]:
    """D11."""
    call, reply, _ = visit.fetched
    sent = visit.call(call)
    if reply.status != sent.status or essence(reply) != essence(sent):
        yield f"The same data got {told(sent)} when sent and {told(reply)} when fetched, or other cards."


def _searching(visit: Visit) -> Call:
    call, _ = visit.sound
    if not call.searches:
        raise NotChecked("The service asks for no search.")
    return call


def _first_page(following: str) -> Mapping[str, Any]:
    return {**EMPTY, "link": [{"relation": "next", "url": following}]}


def _replaced(call: Call, answer: Any) -> dict[str, Any]:
    """The prefetch with that as the answer of every search."""
    return {**call.prefetch, **{key: dict(answer) for key in call.searches}}


CHECKS = MappingProxyType(
    {
        "D1": keys_count,
        "D6": fetches_the_rest,
        "D7": says_what_lacks,
        "D8": null_is_nothing,
        "D9": outcome_is_no_data,
        "D10": further_pages,
        "D11": same_both_ways,
    }
)
