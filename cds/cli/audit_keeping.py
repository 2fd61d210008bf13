"""`cds audit backup`, `restore`, `upgrade`, `retain` and `rotate`: keeping the ledger over the years."""

from pathlib import Path
from typing import Any

import click

from cds.audit.carrying.upgrading import Upgraded
from cds.cli import audit_options, telling
from cds.service import keeping

CLEAR = "It holds facts in the clear: delete it, and its old backups, once a backup of the new ledger is verified."
ELSEWHERE = "Nobody writes it any more: keep it until a backup of the database is verified."


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@telling.as_json
@audit_options.told
def backup(file: Path, as_json: bool) -> None:
    """Copy the ledger into FILE while the service goes on. Keys and signed heads are kept apart, and are not in it.

    \b
    Example:
      cds audit backup /backup/ledger-2030-05-06.sqlite3
    """
    with audit_options.at_desk() as desk:
        found = keeping.backup(desk, file)
    _tell(found, f"Written: {file}, records: {found['entries']}, and the record of this backup.", as_json=as_json)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--accept-loss", is_flag=True, help="Go on although records that were signed are not in the backup.")
@click.option("--check", is_flag=True, help="Verify the backup and hold it against the heads; write and sign nothing.")
@telling.as_json
@audit_options.told
def restore(file: Path, accept_loss: bool, check: bool, as_json: bool) -> None:
    """Make a ledger of the backup FILE where there is none yet: all of it is verified first, and held against the signed heads.

    \b
    Examples:
      cds audit restore /backup/ledger-2030-05-06.sqlite3 --check
      cds audit restore /backup/ledger-2030-05-06.sqlite3
      cds audit restore /backup/ledger-2030-05-06.sqlite3 --accept-loss
    """
    if check and accept_loss:
        raise click.UsageError("--check restores nothing: leave --accept-loss away.")
    if check:
        _check(file, as_json=as_json)
        return
    with audit_options.steps() as progress:
        done = keeping.restore(telling.settings(), file, progress, accept_loss=accept_loss, warn=audit_options.warn)
    lost = f" Lost are {done.missing} records or more: tell those who hold heads of them." if done.missing else ""
    again = f" Erased again, since they were erased after the backup: patients {done.erased}." if done.erased else ""
    _tell(
        {"records": done.entries, "missing": done.missing, "erased": done.erased}, f"Restored: records {done.entries}.{lost}{again}", as_json=as_json
    )


def _check(file: Path, *, as_json: bool) -> None:
    with audit_options.steps() as progress:
        found = keeping.check(telling.settings(), file, progress)
    behind = f" Records of signed heads that came after it: {found.missing} or more." if found.missing else ""
    again = f" Erased after it, and again by a restore: patients {found.erased}." if found.erased else ""
    told = {"checked": True, "records": found.entries, "missing": found.missing, "erased": found.erased}
    _tell(told, f"The backup holds: records {found.entries}.{behind}{again}", as_json=as_json)


@click.command()
@click.option(
    "--into", metavar="URL", callback=audit_options.given, help="Move it into this empty database of PostgreSQL: postgresql://user@host/database."
)
@telling.as_json
@audit_options.told
def upgrade(into: str | None, as_json: bool) -> None:
    """Bring a ledger of an earlier version of the software to the form of today, every record as provable as it was.

    Stop the service first. The old ledger stays beside the new one under another name. With --into the ledger is moved
    into a database, for several hosts.

    \b
    Examples:
      cds audit upgrade
      cds audit upgrade --into postgresql://cds@db.example.org/ledger
    """
    with audit_options.steps() as progress:
        done = keeping.upgrade(telling.settings(), progress, into=into or "", warn=audit_options.warn)
    if done is None:
        _tell({"upgraded": False}, "Nothing to do: the ledger is of the form of today.", as_json=as_json)
        return
    kept = {"kept": str(done.kept), "inTheClear": keeping.in_the_clear(done)} if done.kept else {}
    _tell({"upgraded": True, "form": done.form, "records": done.count, **kept}, _upgraded(done, into=into is not None), as_json=as_json)


def _upgraded(done: Upgraded, *, into: bool) -> str:
    told = [f"Upgraded from form {done.form}: records {done.count}."]
    if done.kept:
        told.append(f"The old ledger is kept as {done.kept}. {CLEAR if keeping.in_the_clear(done) else ELSEWHERE}")
    if into:
        told.append("Now set CDS_AUDIT_URL to the database, on every host.")
    return "\n".join(told)


@click.command()
@click.option("--before", required=True, callback=audit_options.month, metavar="YYYY-MM", help="Drop all months before this one.")
@audit_options.yes
@telling.as_json
@audit_options.told
def retain(before: str, yes: bool, as_json: bool) -> None:
    """Drop the records of old months for good, each under a signed head; all other records stay as provable as they were.

    \b
    Example:
      cds audit retain --before 2020-01
    """
    if as_json and not yes:
        raise click.UsageError("--json does not ask: give --yes too.")
    if not yes:
        audit_options.warn(f"All records of months before {before} are dropped for good. They cannot be shown, exported or replayed any more.")
        click.confirm("Drop them?", abort=True, err=True)
    with audit_options.at_desk(patience=keeping.PATIENCE) as desk:
        rows = keeping.retain(desk, before)
    _tell({"dropped": rows}, f"Dropped: records {rows}." if rows else "Nothing to do: no month is that old.", as_json=as_json)


@click.command()
@telling.as_json
@audit_options.told
def rotate(as_json: bool) -> None:
    """Wrap the keys of all subjects under the newest seal key of the file of keys, so that older ones are needed no more.

    \b
    Example:
      cds audit rotate
    """
    with audit_options.at_desk(patience=keeping.PATIENCE) as desk:
        done = keeping.rotate(desk)
    older = f" This ledger needs {', '.join(done['from'])} no more; backups from before do." if done["from"] else ""
    _tell(done, f"Wrapped under {done['to']}: keys {done['keys']}.{older}", as_json=as_json)


def _tell(found: dict[str, Any], text: str, *, as_json: bool) -> None:
    click.echo(telling.document(found) if as_json else telling.readable(text))
