"""How long the head of a request may be: looked at before anything in it is read, since what is read of it costs time with its length."""

import flask
from werkzeug.exceptions import RequestHeaderFieldsTooLarge, RequestURITooLarge

from cds.web import bodies

HEADER = 8_192
"""Characters of one header."""
ADDRESS = 16_384
"""Characters of a query, as it was sent; and of the address of an entry of a batch."""
MOST_FIELDS = 300
"""Parameters of a query, or of a form that searches: more than the values that one search compares."""
SERVER = 65_536
"""Bytes of the whole head; the server turns away a longer one by itself."""


def install(app: flask.Flask) -> None:
    """Refuses a header or a query that is too long, that of an entry of a batch too; the answer goes by neither."""

    @app.before_request
    def bounded() -> None:
        if any(len(value) > HEADER for _, value in flask.request.headers):
            bodies.take_any()
            raise RequestHeaderFieldsTooLarge
        query = flask.request.query_string
        if len(query) > ADDRESS or query.count(b"&") >= MOST_FIELDS:
            flask.request.query_string = b""
            raise RequestURITooLarge
