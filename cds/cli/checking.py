"""`cds try --check`: which rows of CDS Hooks a service breaks, as far as they show from outside."""

from collections.abc import Sequence

import click

from cds.cli import telling
from cds.cli.trying_options import Given
from cds.client import checks, report, scenes, showing
from cds.client.checks import Terms
from cds.client.scenes import Scene
from cds.client.signing import Signer
from cds.client.wire import Wire
from cds.foundation.errors import CdsError
from cds.service import application

NOBODY = Scene("example", record=({"resourceType": "Patient", "id": "example"},))
"""Who is shown to the service where no data is given: a patient of whom nothing is known."""


def checked(wire: Wire, signer: Signer | None, options: Given) -> int:
    """Prints the report; the exit code."""
    first, *others = _scenes(options)
    try:
        found = checks.run(wire, signer, first, Terms(others, options.second(), options.origin, options.stub_port), clock=application.now)
    except OSError as error:
        raise CdsError(f"The stub of a FHIR server cannot listen: {error.strerror}. Give another --stub-port.") from error
    if options.as_json:
        click.echo(showing.document(found.document()))
    else:
        click.echo("\n".join(showing.clean(line) for line in report.lines(found)))
    return 0 if found.clean else telling.FINDING


def _scenes(options: Given) -> Sequence[Scene]:
    """The scene of each patient of the data: the one that was named, or all of them."""
    if options.data is None and not options.patient:
        return [NOBODY]
    patients = [options.patient] if options.patient else scenes.patients(options.record)
    return [options.scene(patient) for patient in patients] or [NOBODY]
