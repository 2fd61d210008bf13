"""What `cds try` prints of a call: what was sent, the cards as a clinician reads them, and the same for programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cds.cli import rendering
from cds.client import showing
from cds.client.playing import Service
from cds.client.prefetching import Prefetched


@dataclass(frozen=True)
class Called:
    """One service that was called: what went out, and its answer with what is wrong in it; an answer of None failed for the reason `told`."""

    service: Service
    hook_instance: str
    prefetched: Prefetched
    answer: Mapping[str, Any] | None
    told: str = ""
    faults: tuple[str, ...] = ()


@dataclass
class Told:
    """Feedback for one service, and the status it was answered with."""

    service: Service
    items: list[dict[str, Any]] = field(default_factory=list)
    status: int = 0


def lines(called: Sequence[Called]) -> Iterator[str]:
    """What a clinician sees, and above it what was sent."""
    number = 0
    for one in called:
        yield f"{name(one.service)}\n{rendering.wrapped(_sent(one.prefetched), first='  ', hanging='  ')}"
        for sent in showing.objects((one.answer or {}).get("cards")):
            number += 1
            yield f"\n{number}. {rendering.card_text(showing.card(sent))}"
        if one.answer is not None and not one.answer["cards"]:
            yield "\nNo card: nothing to say for this patient."
        yield from (
            rendering.wrapped(f"! Done without asking: {action}", hanging="  ") for action in showing.actions((one.answer or {}).get("systemActions"))
        )
        yield ""


def name(service: Service) -> str:
    """The service as it is told of."""
    return f"{showing.line(service.id)} ({showing.line(service.hook, otherwise='no hook')})"


def _sent(prefetched: Prefetched) -> str:
    sent = [showing.line(key) for key, value in prefetched.sent.items() if value is not None]
    none = [showing.line(key) for key, value in prefetched.sent.items() if value is None]
    left = [f"{showing.line(key)}: {why}" for key, why in prefetched.left_out.items()]
    parts = [("Prefetched", ", ".join(sent)), ("Asked, and none there", ", ".join(none)), ("Left out", "; ".join(left))]
    return "\n".join(f"{name}: {listed}." for name, listed in parts if listed) or "Nothing was prefetched."


def document(one: Called) -> dict[str, Any]:
    """A call for programs."""
    sent = {"sent": [key for key, value in one.prefetched.sent.items() if value is not None], "leftOut": one.prefetched.left_out}
    sent["none"] = [key for key, value in one.prefetched.sent.items() if value is None]
    named = {"service": one.service.id, "hook": one.service.hook, "hookInstance": one.hook_instance, "prefetch": sent}
    if one.answer is None:
        return named | {"error": one.told}
    faults = {"faults": list(one.faults)} if one.faults else {}
    return named | {"cards": one.answer["cards"]} | {key: one.answer[key] for key in ("systemActions",) if key in one.answer} | faults


def feedback(one: Told) -> dict[str, Any]:
    """Feedback for programs; the status is None where the service refused it."""
    return {"service": one.service.id, "feedback": one.items, "status": one.status or None}
