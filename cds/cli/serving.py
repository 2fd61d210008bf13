"""`cds serve`: the service."""

import click

from cds.cli import telling
from cds.web import serving


@click.command()
@click.option("--host", metavar="ADDRESS", help="Address to listen on, of loopback only; by default CDS_HOST or 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one. By default CDS_PORT or 8080.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that answer; by default CDS_WORKERS or 1.")
@telling.told
def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """Serve CDS Hooks and FHIR over HTTP until SIGTERM; requests in flight are finished.

    Log lines are JSON on stderr, without health data.

    \b
    Example:
      cds serve --port 8080 --workers 2
    """
    serving.serve(telling.settings(host=host, port=port, workers=workers))
