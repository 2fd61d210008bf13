"""Stops each answer with a decision that would leave without the ledger's word, at the one place where all of them pass."""

from collections.abc import Collection

import flask

from cds.foundation.errors import LedgerUnavailable
from cds.web.uses import Uses

DECISIONS = "decisions"


def install(app: flask.Flask, use: Uses) -> None:
    """To be installed behind all else, and so the first that sees an answer: what is sent in its stead gets headers and a line of the log."""
    app.before_request(use.begin)

    @app.after_request
    def leave(response: flask.Response) -> flask.Response:
        try:
            if DECISIONS in flask.g:
                use.leave(flask.g.decisions)
        except LedgerUnavailable as error:
            return flask.make_response(app.handle_user_exception(error))
        return response


def made_of(decisions: Collection[str] = ()) -> None:
    """The answer in hand is made of these decisions, or of one that it does not name."""
    flask.g.decisions = tuple(decisions)
