"""The service on the invented condition alone, and on all content that ships; each test with a ledger and an instant of its own."""

import itertools
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cds.foundation.outbound.budgets import Budget
from cds.foundation.outbound.calls import Outbound
from cds.foundation.outbound.origins import OriginPolicy
from cds.foundation.settings import Settings
from cds.releases import catalogue
from cds.service import application, ledgers
from cds.service.application import Application
from cds.service.leaving import Leaving
from cds.service.openings import Openings
from tests.audit.servers import database, postgresql
from tests.releases import knees
from tests.service import messages

__all__ = ["database", "postgresql"]

START = catalogue.entries(Settings().content, "low-back-pain")[-1]


@dataclass(frozen=True)
class Knee:
    """The service that knows sore knees only, and the form that it releases."""

    app: Application
    form: dict[str, Any]

    def response(self, changes: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """The response of the well patient with some answers changed; None takes an item away."""
        answers = {name: value for name, value in {**messages.WELL, **(changes or {})}.items() if value is not None}
        return messages.response(self.form, answers, **more)

    def at(self, instant: datetime) -> Application:
        """The service at another instant."""
        return replace(self.app, clock=lambda: instant)


@pytest.fixture(scope="session")
def knee_content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A content folder with the invented condition, sealed."""
    content = tmp_path_factory.mktemp("knees")
    knees.sealed(content)
    return content


@pytest.fixture(scope="session")
def knees_loaded(knee_content: Path) -> Application:
    """The application without a ledger, loaded once."""
    return application.start(Settings(content=knee_content), audited=False, clock=lambda: messages.AT)


@pytest.fixture(scope="session")
def backs_loaded() -> Application:
    """The application on the content that ships, without a ledger, at an instant when its newest release is in force."""
    return application.start(Settings(release=START.version), audited=False, clock=lambda: messages.AT)


Recorded = Callable[[Application], Application]


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Recorded]:
    """Gives an application a ledger of this test's own, and ids that follow each other."""
    opened = []
    numbers = itertools.count(1)

    def give(app: Application) -> Application:
        url = f"sqlite:///{tmp_path / 'audit.sqlite3'}"
        settings = app.settings.model_copy(update={"audit_url": url})
        opened.append(ledgers.for_service(settings, app.clock))
        return replace(
            app,
            settings=settings,
            ledger=opened[-1],
            leaving=Leaving(),
            openings=Openings(),
            new_id=lambda: str(uuid.uuid5(uuid.NAMESPACE_OID, str(next(numbers)))),
        )

    yield give
    for one in opened:
        one.close()


@pytest.fixture
def knee(knees_loaded: Application, recorded: Recorded) -> Knee:
    """The service on the invented condition, with a ledger."""
    app = recorded(knees_loaded)
    return Knee(app, dict(app.releases[knees.NAME].questionnaire))


@pytest.fixture
def backs(backs_loaded: Application, recorded: Recorded) -> Application:
    """The service on the content that ships, with a ledger."""
    return recorded(backs_loaded)


@pytest.fixture
def patience() -> Iterator[Outbound]:
    """A way out with time enough for a slow machine."""
    with closing(Outbound(OriginPolicy(loopback=True), Budget(connect=30, total=60))) as opened:
        yield opened


@pytest.fixture(name="knees")
def patient_knees(knee: Knee, patience: Outbound) -> Application:
    """The service on the invented condition, with a ledger and patience."""
    return replace(knee.app, outbound=patience)
