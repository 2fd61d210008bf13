"""The options of `cds try`, and what they make: a scene, a source of prefetch, and who signs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from cds.cli import evaluating
from cds.client import redating, scenes, signing
from cds.client.prefetching import FhirServer, Source
from cds.client.scenes import NotAScene, Resource, Scene
from cds.client.searching import Record
from cds.client.signing import Signer
from cds.foundation.errors import CdsError
from cds.foundation.outbound.budgets import Budget
from cds.foundation.outbound.exchanges import PATIENT, Exchange
from cds.service import application

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
PLACE = click.Path(exists=True, path_type=Path)
NEW = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True)
class Given:
    """The options as they were given; texts that were not are empty."""

    service: str
    hook: str
    data: Path | None
    written: datetime | None
    fhir: str
    fhir_token_file: Path | None
    no_prefetch: bool
    patient: str
    user: str
    encounter: str
    orders: Path | None
    context: Path | None
    issuer: str
    key: Path | None
    new_key: bool
    kid: str
    alg: str
    tenant: str
    jku: str
    write_jwks: Path | None
    accept: tuple[tuple[int, int], ...]
    override: tuple[int, ...]
    reason: str
    comment: str
    origin: str
    second_key: Path | None
    stub_port: int
    standard: str | None
    seconds: float
    check: bool
    as_json: bool
    clock: Callable[[], datetime] = application.now

    @property
    def budget(self) -> Budget:
        """How long one call may take."""
        return Budget(min(PATIENT.connect, self.seconds), self.seconds, PATIENT.size)

    @property
    def handed_on(self) -> bool:
        """Whether the service is told to read the FHIR server by itself."""
        return bool(self.fhir) and self.no_prefetch

    @cached_property
    def fhir_token(self) -> str:
        """The token for the FHIR server; empty for none."""
        if self.fhir_token_file is None:
            return ""
        try:
            return self.fhir_token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeError) as error:
            raise CdsError("The token cannot be read as text.", expression=str(self.fhir_token_file)) from error

    def made(self) -> Signer:
        """The client with a key made just now."""
        return Signer.new(self.alg or signing.ES384, issuer=self.issuer)

    def signer(self) -> Signer | None:
        """Who signs; None without a key. Raises UnusableKey, and a usage error where one half is missing."""
        if self.key is None and not (self.issuer or self.write_jwks):
            return None
        if self.key is None or not self.issuer:
            raise click.UsageError("A token needs both --issuer and --key: who calls, and the private key that signs.")
        return Signer.read(self.key, issuer=self.issuer, kid=self.kid, alg=self.alg, tenant=self.tenant, jku=self.jku)

    def second(self) -> Signer | None:
        """Who signs for the same client with another key; None without one."""
        if self.second_key is None:
            return None
        return Signer.read(self.second_key, issuer=self.issuer, tenant=self.tenant, jku=self.jku)

    @cached_property
    def record(self) -> tuple[Resource, ...]:
        """The data, as they would be today where it is said when they were written; nothing without --data."""
        found = scenes.read(self.data) if self.data else ()
        now = self.clock()
        return tuple(redating.moved(one, written=self.written, now=now) for one in found) if self.written else found

    def scene(self, patient: str = "") -> Scene:
        """What is open in the EHR that is played: the record of that patient, else of the one that was named, else of the only one."""
        patient = patient or self.patient
        if not (self.record or patient):
            raise click.UsageError("Say whose record is open: --data FILE or FOLDER, or --patient ID.")
        orders = scenes.read(self.orders) if self.orders else ()
        more = scenes.document(self.context) if self.context else {}
        if not isinstance(more, dict):
            raise NotAScene("The context is not a JSON object.", expression=str(self.context))
        return Scene(patient or scenes.only_patient(self.record), self.user, self.encounter, self.record, orders, more)

    def source(self) -> Source:
        """Where prefetch is answered: the data where there is some, else the FHIR server."""
        if self.data is None and self.fhir:
            return FhirServer(Exchange.to(self.fhir.rstrip("/"), self.budget), self.fhir_token)
        if self.data is None and not self.no_prefetch:
            raise click.UsageError("Say where the record is: --data, --fhir, or --no-prefetch for a call without it.")
        return Record(self.record)


def _accepted(_context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """`N` or `N.M`: card, and its suggestion, by default the first."""
    pairs = [text.partition(".") for text in texts]
    if not all(card.isdecimal() and (not dot or suggestion.isdecimal()) for card, dot, suggestion in pairs):
        raise click.BadParameter("not a card, as 1, or a card and its suggestion, as 1.2.")
    return tuple((int(card), int(suggestion or 1)) for card, _, suggestion in pairs)


_OPTIONS: tuple[Callable[[Callable[..., Any]], Callable[..., Any]], ...] = (
    click.option("--service", metavar="ID", default="", help="The service to call; by default all of --hook."),
    click.option("--hook", metavar="HOOK", default="", help="Call every service of this hook; by default patient-view."),
    click.option("--data", type=PLACE, metavar="FOLDER|FILE", help="The record: FHIR resources, Bundles, or a CDS Hooks request with prefetch."),
    click.option(
        "--written", metavar="INSTANT", callback=evaluating.instant, help="When the data were written (RFC 3339): their dates are moved to today."
    ),
    click.option("--fhir", metavar="URL", default="", help="The record, without --data: a FHIR server that the prefetch is asked of."),
    click.option("--fhir-token-file", type=FILE, metavar="FILE", help="The Bearer token for that server."),
    click.option("--no-prefetch", is_flag=True, help="Send no prefetch; with --fhir the service is told to ask that server itself."),
    click.option("--patient", metavar="ID", default="", help="Whose record is open; by default the only patient of the data."),
    click.option("--user", metavar="TYPE/ID", default=scenes.USER, show_default=True, help="Who is signed in."),
    click.option("--encounter", metavar="ID", default="", help="The encounter; hooks of an encounter need one."),
    click.option("--orders", type=PLACE, metavar="FILE", help="Draft orders for the hooks of orders: resources or a Bundle."),
    click.option("--context", type=FILE, metavar="FILE", help="A JSON object with more context, for hooks that need more."),
    click.option("--issuer", metavar="URL", default="", help="Who calls: the `iss` of the tokens."),
    click.option("--key", type=NEW, metavar="FILE", help="The private key that signs: PEM or JWK, without a password."),
    click.option("--new-key", is_flag=True, help="Make the key and write it to the file of --key, which must not exist."),
    click.option("--kid", metavar="ID", default="", help="The id of the key; by default that of the JWK, or its thumbprint."),
    click.option("--alg", metavar="NAME", default="", help="ES384 or RS384, or another that fits the key; by default by the key."),
    click.option("--tenant", metavar="NAME", default="", help="The tenant claim."),
    click.option("--jku", metavar="URL", default="", help="Where the key set is, said in the header of the tokens."),
    click.option("--write-jwks", type=NEW, metavar="FILE", help="Write the public key set, to register with the service."),
    click.option(
        "--accept", metavar="N[.M]", multiple=True, callback=_accepted, help="Feedback: suggestion M (by default 1) of card N was accepted."
    ),
    click.option("--override", metavar="N", type=click.IntRange(1), multiple=True, help="Feedback: card N was overridden."),
    click.option("--reason", metavar="CODE", default="", help="Why: the code of one of the card's reasons."),
    click.option("--comment", metavar="TEXT", default="", help="Why: in words."),
    click.option("--origin", metavar="URL", default="", help="With --check: a browser origin that the service lets in."),
    click.option("--second-key", type=FILE, metavar="FILE", help="With --check and --write-jwks: a key of the same client with the other algorithm."),
    click.option("--stub-port", type=click.IntRange(0, 65535), default=0, help="With --check: the port of the stub of a FHIR server on 127.0.0.1."),
    click.option(
        "--standard", type=click.Choice(["2.0", "3.0"]), help="With --check: the version of CDS Hooks to judge by; by default what discovery says."
    ),
    click.option("--seconds", type=click.FloatRange(0.1, 600), default=PATIENT.total, show_default=True, help="How long one call may take."),
    click.option("--check", is_flag=True, help="Report which rows of CDS Hooks the service breaks; exit code 1 when it breaks one."),
)


def all_of_them(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with every option."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
