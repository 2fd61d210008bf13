"""The Flask application: blueprints, error table, headers and log, wired in one place."""

from flask import Flask
from jinja2 import StrictUndefined

from cds.service.application import Application
from cds.web import (
    batch,
    bodies,
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
    releases,
    senders,
    uses,
    validating,
)


def create_app(app: Application) -> Flask:
    """The service over HTTP for a started application; each worker makes its own."""
    settings = app.settings
    secure = settings.address.startswith("https:")
    return assemble(uses.bind(app), body_limit=settings.body_limit, secure=secure, log=logs.lines(settings.log_level), address=settings.address)


def assemble(use: uses.Uses, *, body_limit: int, secure: bool, log: logs.Log, address: str = "") -> Flask:
    """The routes over the use cases given. `body_limit` is in bytes; `secure` says that callers come by https, `address` where they come to."""
    flask = Flask("cds.web", static_folder=None, template_folder="templates")
    bodies.limit(flask, body_limit)
    flask.config[senders.ADDRESS] = address
    flask.url_map.merge_slashes = False
    flask.url_map.converters["id"] = fhir.Id
    flask.jinja_env.undefined = StrictUndefined
    flask.jinja_env.filters |= pages.FILTERS
    style = pages.stylesheet()
    flask.jinja_env.globals["style"] = style
    for routes in (
        hooks.routes,
        fhir.routes,
        evaluating.routes,
        validating.routes,
        populating.routes,
        decisions.routes,
        operations.routes,
        releases.routes,
        form.routes,
    ):
        flask.register_blueprint(routes(use))
    flask.register_blueprint(batch.routes())
    errors.install(flask, log)
    headers.install(flask, style=style, form=pages.form_parts(), secure=secure)
    logs.install(flask, log)
    return flask
