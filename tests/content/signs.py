"""The warning signs of the mandatory invariants, what makes each worse, and how a fact that stands for one is set."""

from cds.facts import Value
from tests.content import words
from tests.content.words import Known

Step = tuple[Value | None, Value]
"""From one value (None is unknown) to a worse one."""

THORACIC, SITE, ABOVE_WAIST, ELSEWHERE = "rf-thoracic", "site", "above-waist", "low-back"
"""Pain above the waist is no question of its own: it is one of the places marked."""

SIGNS = (
    "rf-saddle",
    "rf-bladder",
    "rf-bowel",
    "rf-sexual",
    "rf-bilateral-legs",
    "rf-leg-weakness",
    "rf-gait",
    "rf-fever",
    "rf-weight-loss",
    "rf-night-pain",
    "rf-bruise-spine",
    "rf-abdo-pulsating",
    "rf-collapse",
    "rf-chest",
    "rf-testicle",
    "rf-dark-urine",
    "rf-heat-illness",
    "rf-flank-urinary",
    THORACIC,
    "hx-cancer",
    "hx-steroid",
    "hx-osteoporosis",
    "hx-immune",
    "hx-diabetes",
    "hx-ivdu",
    "hx-recent-infection",
    "hx-anticoag",
    "hx-aaa",
    "trauma",
    "hop-pain",
    "focal-bone",
    "preg-warning",
    "pregnant",
    "prior-stress-fx",
    "low-eating",
    "period-missed",
    "ibp-eye",
)

DENIED = {"rf-leg-weakness": "none", "trauma": "none"}
"""The reassuring word of the signs for which it is not `no`."""

STEPS: dict[str, tuple[Step, ...]] = {
    "rf-leg-weakness": (
        ("none", "mild-stable"),
        ("none", "severe-or-worse"),
        ("mild-stable", "severe-or-worse"),
        (None, "mild-stable"),
        (None, "severe-or-worse"),
    ),
    # From unknown to minor is left out: that completes the screen and may lift the floor.
    "trauma": (("none", "minor"), ("none", "major"), ("minor", "major"), (None, "major")),
}


def denied(sign: str) -> str:
    """The word that denies the sign."""
    return DENIED.get(sign, "no")


def steps(sign: str) -> tuple[Step, ...]:
    """The changes for the worse of invariant 1."""
    return STEPS.get(sign, (("no", "yes"), (None, "yes")))


def ordered(sign: str) -> tuple[tuple[Value | None, Value | None], ...]:
    """Every two values of which the first never ranks above the second: invariants 1 and 2."""
    return ((denied(sign), None), *steps(sign))


def with_sign(known: Known, sign: str, value: Value | None) -> Known:
    """The facts with the sign at this value."""
    if sign != THORACIC:
        return words.changed(known, {sign: value})
    if value is None:
        return words.changed(known, {SITE: None})
    marked = known.get(SITE, ())
    places = tuple(place for place in marked if place != ABOVE_WAIST) if isinstance(marked, tuple) else ()
    return words.changed(known, {SITE: (*places, ABOVE_WAIST) if value == "yes" else places or (ELSEWHERE,)})
