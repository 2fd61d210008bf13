"""Each route of the ledger: what it does, takes and answers."""

from cds.fhir import audit_searching
from cds.web import auditing
from cds.web.callers import Need
from cds.web.openapi import shapes
from cds.web.openapi.routes import FORMAT, NAME, READ_ERRORS, TAKEN, Route, fhir_of, json_of, placed


def _of_the_ledger(kind: str) -> tuple[Route, Route]:
    """The search and the read of a view of the ledger."""
    terms = (*audit_searching.TYPES[kind], audit_searching.COUNT, audit_searching.PAGE)
    return (
        Route(
            "get",
            f"/fhir/{kind}",
            f"search{kind}",
            f"The ledger as {kind}, of the caller's own client and tenant; for the role auditor. Each reading is recorded.",
            fhir_of(shapes.resource("Bundle")),
            (400, 406, 503),
            (*(placed("query", name, {"type": "string"}) for name in terms), FORMAT),
            need=Need.TOKEN,
        ),
        Route(
            "get",
            f"/fhir/{kind}/{{name}}",
            f"read{kind}",
            f"One entry of the ledger as {kind}; for the role auditor. Each reading is recorded.",
            fhir_of(shapes.resource(kind)),
            (*READ_ERRORS, 503),
            (NAME, FORMAT),
            need=Need.TOKEN,
        ),
    )


AUDIT = (
    *(route for kind in audit_searching.KINDS for route in _of_the_ledger(kind)),
    Route(
        "get",
        "/audit/decisions/{decision_id}.zip",
        "exportDecision",
        "One decision with its proof, to be checked offline; for the role exporter, with its facts open also the role auditor.",
        {auditing.ZIP: {"type": "string", "format": "binary"}},
        (400, 404, 410, 503),
        (placed("path", "decision_id", shapes.TEXT), placed("query", auditing.FACTS, {"enum": [auditing.OPEN]})),
        need=Need.TOKEN,
    ),
    Route(
        "post",
        "/audit/erasures",
        "erase",
        "The facts of a patient's decisions erased for good; for the role eraser.",
        json_of("erased"),
        (*TAKEN, 404, 503),
        (),
        json_of("erasure"),
        need=Need.TOKEN,
    ),
)
