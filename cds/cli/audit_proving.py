"""`cds audit verify`, `prove`, `consistency` and `key`: whether the ledger holds, and what shows it to others."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from cds.cli import audit_options, telling, writing
from cds.service import proving
from cds.service.proving import Narrowed

OUT = click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it to this file, which is not there yet.")
SIGN = "a sign, not a proof: with copies of heads that nobody here can change, named with --heads, it is a proof"
NO_HEAD = "No head of it is signed yet, so that a tail that was cut off would not be seen."


@click.command()
@click.option("--heads", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR", help="Copies of heads, kept elsewhere.")
@click.option("--since", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE", help="Look only at what came after this head.")
@click.option("--month", callback=audit_options.month, metavar="YYYY-MM", help="Look only at the entries of this month.")
@telling.as_json
@audit_options.told
def verify(heads: Path | None, since: Path | None, month: str, as_json: bool) -> None:
    """Check every record, the tree over them, and the signed heads; exit code 1 names all that does not hold.

    Heads in the ledger's own folder are always looked at. Whoever can write the ledger may be able to write that folder too:
    name with --heads the copies that are kept where they cannot.

    \b
    Examples:
      cds audit verify
      cds audit verify --heads copies
      cds audit verify --since copies/00000000000000001000.checkpoint
    """
    if since and month:
        raise click.UsageError("Give --since or --month, not both.")
    with audit_options.at_desk() as desk, audit_options.bar("verify") as bar:
        found = proving.verify(desk, Narrowed(since, month, heads), _steps(bar))
    click.echo(telling.document(found) if as_json else "\n".join(_verified(found, partly=bool(since or month))))
    for fault in () if as_json else found["faults"]:
        where = f" at record {fault['seq']}" if "seq" in fault else ""
        audit_options.warn(f"The ledger does not hold{where}: {fault['kind']}. {fault['text']}")
    if not found["holds"]:
        raise click.exceptions.Exit(telling.FINDING)


def _steps(bar: Any) -> Any:
    """Turns how many rows were looked at so far into how many more."""
    seen = 0

    def told(done: int, of: int) -> None:
        nonlocal seen
        bar(done - seen, of)
        seen = done

    return told


def _verified(found: Mapping[str, Any], *, partly: bool) -> Iterator[str]:
    faults = len(found["faults"])
    which = f" looked at, of {found.get('size', '?')}" if partly else ""
    yield f"The ledger {'holds' if found['holds'] else f'does not hold, faults: {faults}'}. Records{which}: {found['records']}."
    yield f"root  {found['root']}"
    if "head" in found:
        yield f"head  of {found['head']['size']} records, signed {found['head']['at']}"
    elif found.get("size"):
        yield f"head  {NO_HEAD}"
    if found.get("uncovered"):
        yield f"open  records that no signature covers yet: {found['uncovered']}"
    if found["holds"] and not found["copies"]:
        yield f"note  {SIGN}"
    yield from (f"key   {key}" for key in found["keys"])
    if "waiting" in found:
        yield f"Records that wait in the spool and are not in the ledger yet: {found['waiting']}."


@click.command()
@click.argument("entry_id", metavar="ID")
@OUT
@telling.as_json
@audit_options.told
def prove(entry_id: str, out: Path | None, as_json: bool) -> None:
    """Prove that entry ID, an id or a number, is in the ledger under a signed head: JSON that `verify.py` checks.

    When no head covers the entry yet, one is signed first. Of an entry that retention dropped the proof, by its number, is of its leaf.

    \b
    Example:
      cds audit prove 7c9e6679-7425-40de-944b-e07fc1f90ae7 --out proof.json
    """
    with audit_options.at_desk() as desk:
        found = proving.prove(desk, entry_id)
    _give(found, out, as_json=as_json)


@click.command()
@click.argument("older", metavar="[OLD]", default="")
@click.argument("newer", metavar="[NEW]", default="")
@OUT
@telling.as_json
@audit_options.told
def consistency(older: str, newer: str, out: Path | None, as_json: bool) -> None:
    """Prove that the ledger of head NEW begins with all of that of head OLD; exit code 1 when it does not.

    OLD and NEW are the size of a head in the folder of heads, or the file of a head that you keep. By default OLD is the first head
    and NEW the ledger as it is, for which a head is signed when there is none.

    \b
    Examples:
      cds audit consistency 1000 2000
      cds audit consistency copies/00000000000000001000.checkpoint --out proof.json
    """
    with audit_options.at_desk() as desk:
        found = proving.consistency(desk, older, newer)
    _give(found, out, as_json=as_json)


def _give(found: Mapping[str, Any], out: Path | None, *, as_json: bool) -> None:
    """The proof is JSON for everybody; with --out --json says what was written."""
    text = telling.document(found)
    if out is None:
        click.echo(text)
        return
    writing.files({out: f"{text}\n".encode()}, force=False)
    click.echo(telling.document({"written": str(out)}) if as_json else f"Written: {out}")


@click.command()
@telling.as_json
@audit_options.told
def key(as_json: bool) -> None:
    """Print the public key of the signed heads and the SHA-256 of `verify.py`, for the auditors.

    It also says which seal keys the ledger needs; exit code 1 when one is missing.

    \b
    Example:
      cds audit key
    """
    with audit_options.at_desk() as desk:
        found = proving.key(desk)
    click.echo(telling.document(found) if as_json else "\n".join(_keys(found)))
    if found["missing"]:
        raise click.exceptions.Exit(telling.FINDING)


def _keys(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"ledger   {found['log']}"
    yield f"key      {found['key']}"
    yield from (f"retired  {key}" for key in found["retired"])
    yield f"verify.py has the SHA-256 {found['verifier']}"
    yield f"New facts are sealed under {found['sealsWith']}."
    for name, count in found["needed"].items():
        here = ", and it is not in the file of keys: put it back" if name in found["missing"] else ""
        yield f"{name} is needed: it wraps the keys of {count} subjects{here}."
    if found["exposed"]:
        yield f"Others can read the file of the key {', '.join(found['exposed'])}: take their rights away (chmod 600)."
