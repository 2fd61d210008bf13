"""What the service can do, told as FHIR."""

from typing import Any

import cds
from cds.fhir import capability
from cds.service.application import Application


def metadata(app: Application) -> dict[str, Any]:
    """The CapabilityStatement of the running service."""
    return capability.statement(address=app.settings.address, version=cds.__version__)
