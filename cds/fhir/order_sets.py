"""The sets of codes by which a release knows an order: those of its checks, and those of the services that it proposes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from cds.fhir import doses, naming
from cds.values.profile import ClientProfile
from cds.values.release import OrderedSet, Release, ValueSet

Codes = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class _Patterns:
    """A value set with its names and excluded words as they are looked for."""

    value_set: ValueSet
    names: tuple[str, ...]
    excluded: tuple[str, ...]

    def holds(self, codes: Codes, words: str) -> bool:
        """By code, or by a name beside which no excluded word stands."""
        if not self.value_set.codes.isdisjoint(codes):
            return True
        return any(name in words for name in self.names) and not any(word in words for word in self.excluded)


@dataclass(frozen=True)
class Known:
    """The sets of a release, and the codings of a client by what they stand for."""

    patterns: Mapping[OrderedSet, _Patterns]
    backwards: Mapping[tuple[str, str], Codes]

    @classmethod
    def of(cls, release: Release, profile: ClientProfile) -> Self:
        """The sets that the cards of the release name, and the codings of the profile read backwards."""
        proposed = (OrderedSet(one.ordered_as) for one in release.cards.recommendations.values() if one.ordered_as)
        named = dict.fromkeys((*(one for check in release.cards.orders for one in check.sets), *proposed))
        backwards: dict[tuple[str, str], Codes] = {}
        for ours, translation in profile.codings.items():
            for coding in translation.codings:
                pair = (coding.system, coding.code)
                backwards[pair] = backwards.get(pair, frozenset()) | {ours}
        return cls({one: _patterns(release.value_sets[one.value_set]) for one in named}, backwards)

    def ours(self, codes: Codes) -> Codes:
        """The codes, and those of ours that the client has them for."""
        return codes.union(*(self.backwards.get(code, frozenset()) for code in codes))

    def sets(self, codes: Codes, texts: Sequence[str], resource: Mapping[str, Any]) -> frozenset[OrderedSet]:
        """The sets that an order of these codes and words is in. A dose that cannot be read is not over a dose."""
        words = naming.normal(texts)
        return frozenset(
            one for one, pattern in self.patterns.items() if pattern.holds(codes, words) and _is_dosed(one, pattern.value_set, texts, resource)
        )


def _patterns(value_set: ValueSet) -> _Patterns:
    return _Patterns(value_set, tuple(naming.patterns(value_set.names)), tuple(naming.patterns(value_set.excluded_words)))


def _is_dosed(one: OrderedSet, value_set: ValueSet, texts: Sequence[str], resource: Mapping[str, Any]) -> bool:
    if one.daily_dose_over is None:
        return True
    daily = doses.daily(resource, texts, value_set.names)
    return daily is not None and daily > one.daily_dose_over
