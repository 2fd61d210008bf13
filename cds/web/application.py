"""The Flask application: blueprints, error table, headers and log, wired in one place."""

from collections.abc import Callable

from flask import Flask
from jinja2 import StrictUndefined

from cds.service import admission
from cds.service.application import Application
from cds.web import (
    addressed,
    auditing,
    batch,
    bodies,
    callers,
    cors,
    decisions,
    errors,
    evaluating,
    fhir,
    form,
    headers,
    heads,
    hooks,
    leaving,
    logs,
    operations,
    pages,
    populating,
    proxies,
    releases,
    senders,
    uses,
    validating,
)
from cds.web.callers import Entrance
from cds.web.limits import Limits
from cds.web.openapi.document import Facing
from cds.web.uses import Stores, Uses


def _kept(stop: Callable[[], None]) -> None:
    """For an application whose process ends with it."""


def create_app(app: Application, at_end: Callable[[Callable[[], None]], None] = _kept) -> Flask:
    """The service over HTTP for a started application; each worker makes its own. `at_end` is given what to call before the ledger is closed."""
    settings, stores = app.settings, uses.stores(app)
    way_in = entrance(app, stores)
    at_end(way_in.door.close)
    return assemble(
        uses.bind(app, stores),
        body_limit=settings.body_limit,
        secure=settings.address.startswith("https:"),
        log=logs.lines(settings.log_level),
        address=settings.address,
        entrance=way_in,
    )


def entrance(app: Application, stores: Stores) -> Entrance:
    """The way in of a started application, by its settings and its registered clients."""
    settings = app.settings
    return Entrance(
        admission.open_door(app),
        uses.of_clients(app, stores),
        Limits(settings.rate_limit, settings.stranger_rate_limit),
        settings.discovery_open,
        settings.has_form,
        settings.proxies,
        settings.mode == "production",
    )


def assemble(use: Uses, *, body_limit: int, secure: bool, log: logs.Log, address: str = "", entrance: Entrance = callers.OPEN) -> Flask:
    """The routes over the use cases given, which are those of anybody.

    `body_limit` is in bytes; `secure` says that callers come by https, `address` where they come to, `entrance` who is let in.
    """
    flask = Flask("cds.web", static_folder=None, template_folder="templates")
    bodies.limit(flask, body_limit)
    flask.config |= {senders.ADDRESS: address, FORM_OPEN: entrance.form_open}
    flask.config[operations.FACING] = Facing(address, entrance.door.closed, entrance.discovery_open, entrance.form_open)
    flask.url_map.merge_slashes = False
    flask.url_map.converters["id"] = fhir.Id
    flask.jinja_env.undefined = StrictUndefined
    flask.jinja_env.filters |= pages.FILTERS
    style = pages.stylesheet()
    flask.jinja_env.globals["style"] = style
    _route(flask, callers.dispatched(use, entrance), entrance)
    errors.install(flask, log)
    headers.install(flask, style=style, form=pages.form_parts(), secure=secure)
    logs.install(flask, log)
    heads.install(flask)
    proxies.install(flask, hops=entrance.hops, secure_only=entrance.secure_only)
    addressed.install(flask, entrance.door, address)
    cors.install(flask, entrance.door.allows)
    callers.install(flask, entrance, address, log)
    leaving.install(flask, use)
    return flask


def _route(flask: Flask, answered: Uses, entrance: Entrance) -> None:
    """Adds the routes."""
    flask.register_blueprint(hooks.routes(answered, callers.meter(entrance)))
    for routes in ROUTES:
        flask.register_blueprint(routes(answered))
    if entrance.form_open:
        flask.register_blueprint(form.routes(answered, callers.gate(entrance)))
    flask.register_blueprint(batch.routes())


FORM_OPEN = "FORM_OPEN"
"""The configuration that pages ask before they lead to the form."""

ROUTES = (
    fhir.routes,
    evaluating.routes,
    validating.routes,
    populating.routes,
    auditing.routes,
    decisions.routes,
    operations.routes,
    releases.routes,
)
"""All but those of the hooks, which count items, of the form, which may be closed, and the batch, which calls the others."""
