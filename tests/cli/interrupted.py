"""A replay by two processes that says when its first batch is done, and at its end how many processes are left: run as a program."""

import multiprocessing
import signal
import sys

import click

from cds.cli import telling
from cds.service import replay
from cds.service.replay import Asked


def _begun(_count: int, _of: int) -> None:
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    sys.stdin.read()


@click.command()
def main() -> None:
    """The replay. An interruption is heard also where whoever started this one ignores them, as a shell does for what runs behind it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        replay.replay(telling.settings(), Asked(), actor="user:tester", processes=2, told=_begun)
    finally:
        click.echo(f"left: {len(multiprocessing.active_children())}")


if __name__ == "__main__":
    main()
