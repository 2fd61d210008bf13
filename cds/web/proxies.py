"""What a declared proxy says of a call: whom it is from, and whether it came by https."""

import flask
from werkzeug.middleware.proxy_fix import ProxyFix

from cds.foundation.errors import CdsError
from cds.web import callers

SAID = "X-Forwarded-Proto"
FOR_ALL = ("operations.alive", "operations.ready")
"""What is asked from inside, by whoever watches over the service, without a proxy."""


class PlainHttp(CdsError):
    """A call that did not surely come to the proxy with encryption."""

    code = "security"


def install(app: flask.Flask, *, hops: int, secure_only: bool) -> None:
    """Believes the nearest `hops` proxies, and nothing that a caller wrote before them; with none the address is that of the connection.

    `secure_only` refuses a call of which the outermost of them does not say that it came by https. `Host` is believed of nobody.
    """
    if not hops:
        return
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_port=0, x_prefix=0)  # type: ignore[method-assign]

    @app.before_request
    def encrypted() -> None:
        if not secure_only or flask.request.endpoint in FOR_ALL or callers.CALLER in flask.g:
            return
        said = [part.strip().lower() for part in flask.request.headers.get(SAID, "").split(",")]
        if len(said) < hops or said[-hops] != "https":
            raise PlainHttp(
                "This call did not come by https, so that others could read it. Call by https, and take a new token. "
                "Operators: each proxy that CDS_PROXIES counts adds its scheme to X-Forwarded-Proto."
            )
