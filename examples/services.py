"""Which service answers an example: the first of the release has its name alone, each other one the name and its hook."""

from collections.abc import Mapping
from typing import Any

NAME = "low-back-pain"
FIRST = "patient-view"


def of(request: Mapping[str, Any]) -> str:
    """The id of the service on the hook of a request."""
    return NAME if request["hook"] == FIRST else f"{NAME}-{request['hook']}"
