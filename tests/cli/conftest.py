"""A ledger of each kind with decisions in it, and the commands that are run on it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from cds.audit import ledger
from cds.audit.place import Place
from cds.cli.main import main
from cds.values.record import AuditRecord, Private
from tests.audit.servers import both, database, postgresql
from tests.service import audited

__all__ = ["both", "database", "postgresql"]

Audit = Callable[..., Result]
AGE = 35
NOW = datetime(2024, 6, 1, tzinfo=UTC)
FIRST, SECOND, THIRD = (audited.decision(number).decision_id for number in (1, 2, 3))


def decided(number: int, patient: str = "Patient/7") -> AuditRecord:
    """A decision that gave the card of that number, with a fact that is nobody else's."""
    card = {
        "uuid": audited.card(number),
        "indicator": "info",
        "summary": "Stay active.",
        "source": {"label": "Back Pain CDS"},
        "extension": {"org.back-pain-cds.decision": {"rules": [audited.RULE]}},
    }
    facts = {"age": {"value": AGE, "source": "questionnaire", "of": "age"}}
    private = Private(patient=patient, assessment={"facts": facts, "cards": [card]}, user="Practitioner/9")
    return audited.decision(number, number, private=private, decided_at=f"2024-05-0{number + 1}T07:08:09.5Z")


def fresh(place: Place) -> Place:
    """Makes the ledger."""
    with ledger.open_ledger(place, lambda: NOW) as opened:
        override = audited.feedback(1, 1, "overridden", decision_id=FIRST)
        opened.append_all([decided(1), decided(2), decided(3, "Patient/8"), override])
    return place


@pytest.fixture
def kept(both: Place) -> Place:
    """A ledger of each kind, one after the other: two decisions about patient 7, one about patient 8, and feedback on the first card."""
    return fresh(both)


def settings(place: Place) -> dict[str, str]:
    """The environment in which a command finds that ledger."""
    return {
        "CDS_AUDIT_URL": place.url,
        "CDS_AUDIT_HEADS": str(place.heads),
        "CDS_AUDIT_SPOOL": str(place.spool),
        "CDS_AUDIT_KEYS": str(place.keys),
    }


def ran(place: Place, *arguments: object, stdin: str = "") -> Result:
    """What `cds audit` with these arguments does."""
    return CliRunner().invoke(main, ["audit", *map(str, arguments)], input=stdin, env=settings(place))


def ran_making(place: Place, *arguments: object) -> Result:
    """The same in development, where keys are made beside the ledger."""
    return CliRunner().invoke(main, ["audit", *map(str, arguments)], env={"CDS_AUDIT_URL": place.url})


@pytest.fixture
def audit(kept: Place) -> Audit:
    """`cds audit` on that ledger."""
    return lambda *arguments, stdin="": ran(kept, *arguments, stdin=stdin)
