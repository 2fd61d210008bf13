"""A process that asks of each `jti` whether it is new, and prints the new ones: `python -m tests.audit.admitting URL COUNT`."""

import sys

from cds.audit.seen import calls

ISSUER, NOW = "https://ehr.example.org", 1_795_000_000


def main(url: str, count: int) -> None:
    """Asks of `count` tokens, the same in every process."""
    opened = calls.open_calls(url, busy_seconds=60.0)
    for number in range(count):
        if opened.first(ISSUER, f"token-{number}", until=NOW + 360, now=NOW):
            print(number, flush=True)
        opened.seen_in("client", 1)
    opened.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
