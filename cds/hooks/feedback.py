"""What a client tells of the cards it was sent (CDS Hooks 3.0, "Feedback"): which were accepted, which were overridden, and why.

Each item is judged by itself: one that cannot be read does not take the others with it. Members that the outcome does not need, and those
that are not known here, are not read.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from cds.foundation.errors import Diagnostic, TooLarge, WrongShape
from cds.hooks import contexts
from cds.hooks.contexts import Message, Text

MOST_ITEMS = 1000
MOST_SUGGESTIONS = 100
MOST_TOLD = 3
"""How many faults of one item are told."""

NO_INSTANT = "no_instant"
_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?(?:[Zz]|[+-]00:00)")
MISSING = ("missing", "union_tag_not_found")
AHEAD = "lies more than a day ahead of the clock here. Send when it happened."
EXPECTED = {
    "union_tag_invalid": "accepted or overridden",
    NO_INSTANT: "an instant of RFC 3339 in UTC, such as 2030-05-06T07:08:09Z",
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "list_type": "a list",
    "too_short": "a list that is not empty",
    "too_long": f"a list of at most {MOST_SUGGESTIONS}",
    "model_type": "a JSON object",
}


def _instant(value: Any) -> datetime:
    """The instant to the microsecond; a leap second as the last microsecond before it, since the calendar here has none."""
    found = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    try:
        if found:
            day, time, fraction = found[1], found[2], (found[3] or "")[:6]
            leap = time.endswith(":60")
            return datetime.fromisoformat(f"{day}T{time[:-2]}59.999999" if leap else f"{day}T{time}.{fraction:0<6}").replace(tzinfo=UTC)
    except ValueError:
        pass
    raise PydanticCustomError(NO_INSTANT, "no instant in UTC")


class AcceptedSuggestion(Message):
    """The uuid of a suggestion of the card."""

    id: Text


class Reason(Message):
    """A Coding; clients leave out the display, and some the system."""

    code: Text
    system: Annotated[Text | None, BeforeValidator(contexts.absent)] = None


class OverrideReason(Message):
    """A coded reason, a comment, both, or none of them."""

    reason: Reason | None = None
    comment: Annotated[Text | None, BeforeValidator(contexts.absent), Field(alias="userComment", repr=False)] = None


class Item(Message):
    """One item. `at` is when it happened, in UTC, at most microseconds; the other properties are empty where the outcome has none."""

    card: Text
    outcome: str
    at: Annotated[datetime, BeforeValidator(_instant), Field(alias="outcomeTimestamp")]

    @property
    def accepted(self) -> tuple[str, ...]:
        """The suggestions that were accepted, each once."""
        return ()

    @property
    def reason(self) -> Reason | None:
        """The coded reason of an override."""
        return None

    @property
    def commented(self) -> bool:
        """Whether somebody wrote a comment; nothing else is told of it."""
        return False


class Accepted(Item):
    """The clinician took at least one suggestion (invariant cds-fb-2)."""

    outcome: Literal["accepted"]
    suggestions: Annotated[list[AcceptedSuggestion], Field(alias="acceptedSuggestions", min_length=1, max_length=MOST_SUGGESTIONS)]

    @property
    def accepted(self) -> tuple[str, ...]:
        """The suggestions that were accepted, each once."""
        return tuple(dict.fromkeys(one.id for one in self.suggestions))


class Overridden(Item):
    """The clinician dismissed the card, with or without a reason."""

    outcome: Literal["overridden"]
    override: Annotated[OverrideReason | None, Field(alias="overrideReason")] = None

    @property
    def reason(self) -> Reason | None:
        """The coded reason, where there is one."""
        return self.override.reason if self.override else None

    @property
    def commented(self) -> bool:
        """Whether somebody wrote a comment."""
        return self.override is not None and self.override.comment is not None


_ITEM: TypeAdapter[Accepted | Overridden] = TypeAdapter(Annotated[Accepted | Overridden, Field(discriminator="outcome")])


@dataclass(frozen=True)
class Batch:
    """The items that can be read, with their places in what was sent, and a diagnostic for each of the others."""

    items: tuple[tuple[int, Item], ...]
    problems: tuple[Diagnostic, ...]


def parse(document: Mapping[str, Any], *, latest: datetime) -> Batch:
    """The feedback in a message, none of it of later than `latest`; tells nothing of what was sent.

    Raises WrongShape where there is no list of it, and TooLarge over `MOST_ITEMS`.
    """
    sent = document.get("feedback")
    if not isinstance(sent, list):
        raise WrongShape("feedback is missing or is no list. Send an object whose feedback is a list of items.", expression="feedback")
    if len(sent) > MOST_ITEMS:
        raise TooLarge(f"The message has more than {MOST_ITEMS} items of feedback. Send them in several messages.", expression="feedback")
    read = [(index, _item(value, index, latest)) for index, value in enumerate(sent)]
    return Batch(
        tuple((index, one) for index, one in read if isinstance(one, Item)),
        tuple(one for _, one in read if isinstance(one, Diagnostic)),
    )


def _item(value: Any, index: int, latest: datetime) -> Item | Diagnostic:
    place = f"feedback[{index}]"
    if not isinstance(value, Mapping):
        return Diagnostic("error", "structure", f"Send {place} as a JSON object.", place)
    try:
        item = _ITEM.validate_python(value)
    except ValidationError as error:
        return _diagnostic(error.errors(include_input=False, include_context=False, include_url=False), place)
    if item.at > latest:
        return Diagnostic("error", "value", f"{place}.outcomeTimestamp {AHEAD}", f"{place}.outcomeTimestamp")
    return item


def _diagnostic(errors: Sequence[ErrorDetails], place: str) -> Diagnostic:
    """The faults of one item, at the place of the first of them."""
    text = " ".join(_told(error, place) for error in errors[:MOST_TOLD])
    return Diagnostic("error", "required" if errors[0]["type"] in MISSING else "structure", text, _path(errors[0], place))


def _path(error: ErrorDetails, place: str) -> str:
    """Where a fault is. Which kind of item it is stands in the outcome, before all else."""
    if error["type"].startswith("union_tag"):
        return f"{place}.outcome"
    return place + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"][1:])


def _told(error: ErrorDetails, place: str) -> str:
    path = _path(error, place)
    if error["type"] in MISSING:
        return f"{path} is missing. Send it."
    return f"Send {path} as {EXPECTED.get(error['type'], 'CDS Hooks 3.0 has it')}."
