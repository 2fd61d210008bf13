"""The Flask application: blueprints, error table, headers and log, wired in one place."""

from flask import Flask
from jinja2 import StrictUndefined

from cds.service import admission
from cds.service.application import Application
from cds.web import (
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
    hooks,
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
from cds.web.uses import Stores, Uses


def create_app(app: Application) -> Flask:
    """The service over HTTP for a started application; each worker makes its own."""
    settings, stores = app.settings, uses.stores(app)
    return assemble(
        uses.bind(app, stores),
        body_limit=settings.body_limit,
        secure=settings.address.startswith("https:"),
        log=logs.lines(settings.log_level),
        address=settings.address,
        entrance=entrance(app, stores),
    )


def entrance(app: Application, stores: Stores) -> Entrance:
    """The way in of a started application, by its settings and its registered clients."""
    settings = app.settings
    return Entrance(
        admission.open_door(app),
        uses.of_clients(app, stores),
        Limits(settings.rate_limit, settings.stranger_rate_limit),
        settings.discovery_open,
        settings.form_open,
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
    flask.url_map.merge_slashes = False
    flask.url_map.converters["id"] = fhir.Id
    flask.jinja_env.undefined = StrictUndefined
    flask.jinja_env.filters |= pages.FILTERS
    style = pages.stylesheet()
    flask.jinja_env.globals["style"] = style
    answered = callers.dispatched(use, entrance)
    for routes in (*ROUTES, *([form.routes] if entrance.form_open else [])):
        flask.register_blueprint(routes(answered))
    flask.register_blueprint(batch.routes())
    errors.install(flask, log)
    headers.install(flask, style=style, form=pages.form_parts(), secure=secure)
    logs.install(flask, log)
    proxies.install(flask, hops=entrance.hops, secure_only=entrance.secure_only)
    cors.install(flask, entrance.door.allows)
    callers.install(flask, entrance, address)
    return flask


FORM_OPEN = "FORM_OPEN"
"""The configuration that pages ask before they lead to the form."""

ROUTES = (
    hooks.routes,
    fhir.routes,
    evaluating.routes,
    validating.routes,
    populating.routes,
    decisions.routes,
    operations.routes,
    releases.routes,
)
"""All but those of the form, which may be closed, and the batch, which calls the others."""
