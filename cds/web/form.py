"""The form for people: pages that need no script and keep nothing. Every answer travels in the page, and none in an address."""

from http import HTTPStatus

import flask
from markupsafe import Markup
from werkzeug.exceptions import RequestEntityTooLarge

from cds.foundation.errors import LedgerUnavailable, TooManyRequests, WrongShape
from cds.service.form import Advice, Delay, View
from cds.web import bodies, errors, leaving, logs, pages, senders
from cds.web.callers import Gate
from cds.web.uses import Fields, Uses

URLENCODED = "application/x-www-form-urlencoded"
MOST_FIELDS = 20_000
"""Several for each of as many items as a response may have."""
UNREADABLE = "This address takes what the form sends, as application/x-www-form-urlencoded in UTF-8. Open the form with GET."


def routes(use: Uses, gate: Gate) -> flask.Blueprint:
    """`GET /form`, `GET` and `POST /form/{name}`, `POST /form/{name}/answers`; `gate` counts its pages."""
    blueprint = flask.Blueprint("form", __name__)
    style, script = pages.form_parts()

    @blueprint.context_processor
    def parts() -> dict[str, Markup]:
        return {"style": style, "script": script}

    @blueprint.get("/form")
    def forms() -> flask.Response:
        heads = use.forms()
        if len(heads) == 1:
            return _seen(f"/form/{heads[0].name}")
        return flask.Response(flask.render_template("form_list.html", heads=heads), mimetype=bodies.PAGE)

    @blueprint.get("/form/<name>")
    def first(name: str) -> flask.Response:
        return _shown(use.form_start(name))

    @blueprint.post("/form/<name>")
    def following(name: str) -> flask.Response:
        return _followed(use, name, gate)

    @blueprint.post("/form/<name>/answers")
    def answers(name: str) -> flask.Response:
        return _kept(use.form_answers(name, received()))

    return blueprint


def received() -> Fields:
    """The fields of the form; raises for a page of another site, for too much, and for what is no form."""
    senders.check()
    if flask.request.mimetype != URLENCODED:
        raise WrongShape(UNREADABLE)
    body = flask.request.get_data(cache=False)
    if len(body) >= flask.current_app.config[bodies.CUT]:
        raise RequestEntityTooLarge
    return _fields(body)


def _fields(body: bytes) -> Fields:
    fields: dict[str, list[str]] = {}
    try:
        for name, value in bodies.fields(body, MOST_FIELDS):
            fields.setdefault(name, []).append(value)
    except ValueError as error:
        raise WrongShape(UNREADABLE) from error
    return fields


def _kept(answers: bytes) -> flask.Response:
    response = flask.Response(answers, mimetype=bodies.FHIR_JSON)
    response.headers["Content-Disposition"] = 'attachment; filename="my-answers.json"'
    return response


def _seen(address: str) -> flask.Response:
    return flask.Response(status=303, headers={"Location": address})


def _shown(page: View | Advice | Delay) -> flask.Response:
    match page:
        case Advice():
            leaving.made_of((page.decision,))
            logs.name_decision(page.decision)
            return flask.Response(flask.render_template("form_advice.html", page=page), mimetype=bodies.PAGE)
        case Delay():
            response = flask.Response(flask.render_template("form_delay.html", page=page), mimetype=bodies.PAGE)
            return _refused(response, page.wait)
    template = "form_notice.html" if page.interrupt else "form_step.html"
    return flask.Response(flask.render_template(template, page=page), mimetype=bodies.PAGE)


def _followed(use: Uses, name: str, gate: Gate) -> flask.Response:
    wait = _wait(gate)
    if wait is None:
        return _shown(use.form_turn(name, received(), gate.finish, logs.trace()))
    return _refused(_shown(use.form_delayed(name, received(), wait)), wait)


def _wait(gate: Gate) -> int | None:
    """How many seconds somebody must wait for the page, 0 where calls cannot be counted; None when nobody must."""
    try:
        gate.turn()
    except TooManyRequests as error:
        gate.late()
        return error.retry_after
    except LedgerUnavailable:
        return 0
    return None


def _refused(response: flask.Response, wait: int) -> flask.Response:
    """The page with a status that tells programs to come again."""
    response.status_code = HTTPStatus.TOO_MANY_REQUESTS if wait else HTTPStatus.SERVICE_UNAVAILABLE
    response.headers["Retry-After"] = str(wait) if wait else errors.RETRY_SECONDS
    return response
