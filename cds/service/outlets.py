"""Where cards went and beside which orders, as plain JSON and back: what a replay needs to render them again."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from cds.assessment import ordering
from cds.hooks.cards import Outlet
from cds.values.assessment import Assessment
from cds.values.order import Drafts, Order
from cds.values.profile import ClientProfile, Translation
from cds.values.release import Coding, OrderedSet, Release

Document = dict[str, Any]


def plain(outlet: Outlet) -> Document:
    """The address, the form and the whole profile."""
    return {"address": outlet.public_url, "form": outlet.form, "profile": _plain_profile(outlet.profile)}


def read(told: Mapping[str, Any]) -> Outlet:
    """The outlet of a recorded decision, from what `plain` made of it."""
    return Outlet(told["address"], told["form"], _profile(told["profile"]))


def _plain_profile(profile: ClientProfile) -> Document:
    return {
        "name": profile.name,
        "kind": profile.kind,
        "kinds": dict(profile.kinds),
        "codings": [
            {"system": system, "code": code, "instead": one.instead, "theirs": [_plain_coding(coding) for coding in one.codings]}
            for (system, code), one in profile.codings.items()
        ],
        "limit": profile.limit,
        "selection": profile.selection,
        "links": sorted(profile.links),
        "plain": profile.plain,
        "silent": profile.silent,
    }


def _profile(told: Mapping[str, Any]) -> ClientProfile:
    codings = {(one["system"], one["code"]): Translation(tuple(map(_coding, one["theirs"])), one["instead"]) for one in told["codings"]}
    plain_members = {name: told[name] for name in ("kind", "limit", "selection", "plain", "silent", "name")}
    return ClientProfile(kinds=dict(told["kinds"]), codings=codings, links=frozenset(told["links"]), **plain_members)


def _plain_coding(coding: Coding) -> Document:
    return {"system": coding.system, "code": coding.code, "display": coding.display}


def _coding(told: Mapping[str, str]) -> Coding:
    return Coding(told["system"], told["code"], told["display"])


def plain_orders(drafts: Drafts, release: Release, assessment: Assessment) -> Document:
    """The draft orders of a decision.

    Of the names and codes of an order those are kept that are the release's own: no other counts, and they may be anything typed.
    """
    ours, labels = set(release.cards.recommendations), ordering.labels(release, assessment) if drafts.orders else frozenset()
    system = release.cards.recommendation_system
    return {
        "orders": [_plain_order(one, labels, lambda named: named[0] == system and named[1] in ours) for one in drafts.orders],
        "problems": list(drafts.problems),
        "others": list(drafts.others),
    }


def read_orders(told: Mapping[str, Any]) -> Drafts:
    """The draft orders of a recorded decision, from what `plain_orders` made of them."""
    return Drafts(tuple(map(_order, told["orders"])), tuple(told["problems"]), tuple(told["others"]))


def _plain_order(order: Order, labels: frozenset[str], is_ours: Callable[[tuple[str, str]], bool]) -> Document:
    dated = {"due": order.due.isoformat()} if order.due else {}
    return {
        "reference": order.reference,
        "kind": order.kind,
        "codes": sorted(list(one) for one in order.codes if is_ours(one)),
        "names": [name for name in order.names if name in labels],
        "priority": order.priority,
        "sets": sorted((_plain_set(one) for one in order.sets), key=lambda one: (one["valueSet"], one.get("dailyDoseOver", ""))),
        "selected": order.selected,
        **dated,
    }


def _order(told: Mapping[str, Any]) -> Order:
    return Order(
        told["reference"],
        told["kind"],
        frozenset((system, code) for system, code in told["codes"]),
        tuple(told["names"]),
        told["priority"],
        frozenset(OrderedSet(one["valueSet"], Decimal(one["dailyDoseOver"]) if "dailyDoseOver" in one else None) for one in told["sets"]),
        told["selected"],
        datetime.fromisoformat(told["due"]) if "due" in told else None,
    )


def _plain_set(one: OrderedSet) -> dict[str, str]:
    return {"valueSet": one.value_set} | ({"dailyDoseOver": str(one.daily_dose_over)} if one.daily_dose_over is not None else {})
