"""`cds try --check`: which rows of CDS Hooks a service breaks, as far as they show from outside."""

from collections.abc import Iterator, Sequence

import click

from cds.cli import telling
from cds.cli.trying_options import Given
from cds.client import checks, report, scenes, showing
from cds.client.checks import Terms
from cds.client.report import UNCHECKED, Report
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
    terms = Terms(others, options.second(), options.origin, options.stub_port, options.standard or "")
    try:
        found = checks.run(wire, signer, first, terms, clock=application.now)
    except OSError as error:
        raise CdsError(f"The stub of a FHIR server cannot listen: {error.strerror}. Give another --stub-port.") from error
    if options.as_json:
        click.echo(showing.document(found.document()))
    else:
        click.echo("\n".join(showing.clean(line) for line in [*report.lines(found), *_more(options, found)]))
    return 0 if found.clean else telling.FINDING


def _more(options: Given, found: Report) -> Iterator[str]:
    """What to add so that more rows can be judged; nothing where all were."""
    unchecked = found.named(UNCHECKED)
    wanted = [
        (options.data is None and unchecked, "--data (a record that brings cards)"),
        (options.key is None and "H1" in unchecked, "--issuer and --key (of a registered client)"),
        (options.second_key is None and "H5" in unchecked, "--second-key (the other of ES384 and RS384)"),
        (not options.origin and "I1" in unchecked, "--origin (that its browsers may call from)"),
        (not options.stub_port and "D6" in unchecked, "--stub-port (registered as the FHIR server of this client)"),
    ]
    if missing := [what for lacks, what in wanted if lacks]:
        yield f"To judge more, add {'; '.join(missing)}."


def _scenes(options: Given) -> Sequence[Scene]:
    """The scene of each patient of the data: the one that was named, or all of them."""
    if options.data is None and not options.patient:
        return [NOBODY]
    patients = [options.patient] if options.patient else scenes.patients(options.record)
    return [options.scene(patient) for patient in patients] or [NOBODY]
