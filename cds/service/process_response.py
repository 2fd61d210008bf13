"""`$process-response` of a form receiver (SDC 3.0, form receiver): says whether a response is accepted. Stores nothing, decides nothing."""

from typing import Any

from cds.fhir import parameters
from cds.foundation import strict_json
from cds.foundation.errors import Diagnostic, NotProcessable, WrongShape
from cds.service import validate
from cds.service.questionnaires import Library

NAMES = ("in", "response")
"""The parameter of SDC 3, and that of SDC 2."""
_NEXT = "Nothing was stored and nothing was decided. QuestionnaireResponse/$evaluate decides, on a response with questions left out as well."


def process(library: Library, body: bytes) -> dict[str, Any]:
    """An OperationOutcome without errors for a response that is accepted: a finished one conforms, another may be incomplete.

    Raises NotProcessable with every problem when it is not, WrongShape where the body has no response, and as `$validate` does.
    """
    sent = strict_json.load_object(body, limit=library.app.settings.body_limit)
    parts = parameters.of_body(sent, NAMES[0])
    given = parameters.resource(parts, *NAMES)
    if given is None or given.resource is None:
        raise WrongShape(f"There is no response to process. Send one as the body, or in the parameter {NAMES[0]}.", expression="Parameters.parameter")
    found = [*parameters.unread(parts, NAMES, ()), *validate.problems(library, given.resource)]
    told = [*validate.bounded(found), Diagnostic("information", "informational", _NEXT)]
    if validate.failed(found):
        raise NotProcessable("The response is not accepted.", more=tuple(told))
    return validate.outcome(told)
