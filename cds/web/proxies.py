"""What a declared proxy says of a call: whom it is from, and whether it came by https."""

import flask
from werkzeug.middleware.proxy_fix import ProxyFix

from cds.foundation.errors import CdsError

SAID = "X-Forwarded-Proto"


class PlainHttp(CdsError):
    """A call that came to the proxy without encryption."""

    code = "security"


def install(app: flask.Flask, *, hops: int, secure_only: bool) -> None:
    """Believes the nearest `hops` proxies, and nothing that a caller wrote before them; with none the address is that of the connection.

    `secure_only` refuses a call of which the outermost of them says that it came by http. `Host` is believed of nobody.
    """
    if not hops:
        return
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_port=0, x_prefix=0)  # type: ignore[method-assign]

    @app.before_request
    def encrypted() -> None:
        said = [part.strip().lower() for part in flask.request.headers.get(SAID, "").split(",")]
        if secure_only and len(said) >= hops and said[-hops] == "http":
            raise PlainHttp("This call came by http, so that others could read it. Call by https, and take a new token.")
