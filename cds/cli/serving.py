"""`cds serve`: the service, and whether it could start."""

from typing import Any

import click

from cds.cli import telling
from cds.foundation.settings import BadSettings
from cds.service import checking
from cds.service.findings import Finding
from cds.web import serving


@click.command()
@click.option("--host", metavar="ADDRESS", help="Address to listen on, of loopback only without CDS_CLIENTS; by default CDS_HOST or 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one. By default CDS_PORT or 8080.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that answer; by default CDS_WORKERS or 1.")
@click.option("--check", is_flag=True, help="Serve nothing: look at all that the service needs, and print how it stands.")
@telling.as_json
@telling.told
def serve(host: str | None, port: int | None, workers: int | None, check: bool, as_json: bool) -> None:
    """Serve CDS Hooks and FHIR over HTTP until SIGTERM; requests in flight are finished.

    Log lines are JSON on stderr, without health data. With --check nothing is served and no port is bound: configuration, clients,
    their keys and servers, the clock, the content and the ledger are looked at. Exit code 1 when one of them failed; of what lies with
    others, as a server that is away, it warns.

    \b
    Examples:
      cds serve --port 8080 --workers 2
      cds serve --check --json
    """
    chosen = {"host": host, "port": port, "workers": workers}
    if check:
        _tell(_looked_at(chosen), as_json=as_json)
    elif as_json:
        raise click.UsageError("--json goes with --check: the service itself prints its log.")
    else:
        serving.serve(telling.settings(**chosen))


def _looked_at(chosen: dict[str, Any]) -> tuple[Finding, ...]:
    try:
        settings = telling.settings(**chosen)
    except BadSettings as error:
        return checking.unreadable(error)
    return checking.check(settings)


def _tell(found: tuple[Finding, ...], *, as_json: bool) -> None:
    click.echo(telling.document(checking.plain(found)) if as_json else "\n".join(map(_line, found)))
    if checking.failed(found):
        raise click.exceptions.Exit(telling.FINDING)


def _line(one: Finding) -> str:
    what = f"{one.what} of {one.client}" if one.client else one.what
    remedy = f"\n{'':13}{one.remedy}" if one.remedy else ""
    return f"{one.state:<13}{what}: {one.found}{remedy}"
