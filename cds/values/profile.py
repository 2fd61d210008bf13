"""What one client can take of an answer; applied after the decision, which it never changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cds.values.release import Coding


@dataclass(frozen=True)
class Translation:
    """The codings that a client has for one of ours; `instead` leaves ours out, else they stand before it."""

    codings: tuple[Coding, ...]
    instead: bool


@dataclass(frozen=True)
class ClientProfile:
    """Which cards go out and what stands in them, which resource a proposal becomes, and by which codings.

    `kind` is a resource type of FHIR R4, empty for a client that takes no proposals; `kinds` overrides it by the code of the
    proposal; `codings` is by system and code of ours. `limit` is the number of cards that are sent, None for all of them; `links` are
    the kinds of links that the client shows; `plain` turns the Markdown of a card into plain text. A `silent` client gets no card
    of a hook; what it would have got is decided and recorded.
    """

    kind: str = "ServiceRequest"
    kinds: Mapping[str, str] = field(default_factory=dict)
    codings: Mapping[tuple[str, str], Translation] = field(default_factory=dict)
    limit: int | None = None
    selection: Literal["any", "at-most-one"] = "any"
    links: frozenset[str] = frozenset({"explanation", "form"})
    plain: bool = False
    silent: bool = False
    name: str = field(default="spec", compare=False)

    def kind_of(self, code: Coding) -> str:
        """The resource type that a proposal of that code becomes; empty when none may be proposed."""
        return self.kinds.get(code.code, self.kind) if self.kind else ""

    def codings_of(self, code: Coding) -> tuple[Coding, ...]:
        """The codings to send for one of ours, the preferred first."""
        translation = self.codings.get((code.system, code.code))
        if translation is None:
            return (code,)
        return translation.codings if translation.instead else (*translation.codings, code)
