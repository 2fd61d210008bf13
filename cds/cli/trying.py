"""`cds try`: an EHR at the command line, for any CDS service of CDS Hooks 2.0 or 3.0."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from cds.cli import checking, telling, trying_lines, trying_options
from cds.cli.trying_lines import Called, Told
from cds.cli.trying_options import Given
from cds.client import playing, prefetching, scenes, showing
from cds.client.checks import shapes
from cds.client.playing import Failed, Player, Service
from cds.client.prefetching import Prefetched, Source
from cds.client.scenes import Scene
from cds.client.wire import Wire
from cds.foundation.errors import CdsError
from cds.service import application


@click.command(name="try")
@click.argument("url", required=False)
@trying_options.all_of_them
@telling.as_json
@telling.told
def attempt(url: str | None, **given: Any) -> None:
    """Play an EHR against the CDS service at URL and print its cards.

    URL is that of discovery, with `/cds-services` or without. The record comes from --data or from a FHIR server (--fhir).
    With --key each call carries a signed token. Exit code 1 when the service, or a card, is not as CDS Hooks has it.

    \b
    Examples:
      cds try http://127.0.0.1:8080 --data examples/record --written 2026-11-22T06:00:00Z
      cds try http://127.0.0.1:8080 --data examples/record --hook order-sign --orders examples/orders --override 1
      cds try https://cds.example.org --fhir https://ehr.example.org/fhir --patient 42 --issuer https://ehr.example.org --key key.pem
      cds try --key key.json --new-key --issuer https://ehr.example.org --write-jwks jwks.json
      cds try http://127.0.0.1:8080 --check
    """
    options = Given(**given)
    if options.new_key or options.write_jwks:
        _keys(options)
    if url is None and not (options.new_key or options.write_jwks):
        raise click.UsageError("Give the URL of a CDS service.")
    if url is None or options.new_key or options.write_jwks:
        return
    wire, signer = Wire.to(url, options.budget), options.signer()
    if options.check:
        raise click.exceptions.Exit(checking.checked(wire, signer, options))
    raise click.exceptions.Exit(_played(Player(wire, signer, application.now), options))


def _keys(options: Given) -> None:
    """A new private key, readable by its owner alone, and the public key set of the key."""
    if options.new_key:
        _write(options.key, json.dumps(options.made().jwk()), private=True)
    signer = options.signer()
    if options.write_jwks and signer:
        signers = list(filter(None, [signer, options.second()]))
        keys = {"keys": [key for one in signers for key in one.jwks()["keys"]]}
        _write(options.write_jwks, json.dumps(keys, indent=2) + "\n", private=False)
        named = ", ".join(f"key {one.kid}" for one in signers)
        click.echo(f"Written: {options.write_jwks}. Register it with the service for the issuer {signer.issuer}, {named}.", err=True)


def _write(path: Path | None, text: str, *, private: bool) -> None:
    if path is None:
        raise click.UsageError("Name the file of the key: --key FILE.")
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o644), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CdsError(f"It cannot be written: {error.strerror}. Nothing is overwritten.", expression=str(path)) from error


def _played(player: Player, options: Given) -> int:
    """Calls the chosen services, prints what they say, gives feedback; the exit code."""
    scene, source = options.scene(), options.source()
    player.sent.extend(filter(None, [options.fhir_token]))
    try:
        services = playing.choose(player.discover(), name=options.service, hook=options.hook)
    except Failed as error:
        click.echo(f"error: {error.text}", err=True)
        return telling.FINDING
    called = [_called(player, options, scene, source, service) for service in services]
    if not options.as_json:
        _print(trying_lines.lines(called))
    feedback = _fed_back(player, options, called)
    if options.as_json:
        document = {"services": [trying_lines.document(one) for one in called], "feedback": [trying_lines.feedback(one) for one in feedback]}
        click.echo(showing.document(document))
    else:
        _print(f"Feedback for {trying_lines.name(one.service)}: answered with status {one.status}." for one in feedback if one.status)
    return telling.FINDING if any(one.told or one.faults for one in called) or any(not one.status for one in feedback) else 0


def _called(player: Player, options: Given, scene: Scene, source: Source, service: Service) -> Called:
    context = scene.context(service.hook)
    prefetched = Prefetched() if options.no_prefetch else prefetching.gather(service.prefetch, context, source, today=player.clock().date())
    access = scenes.access(options.fhir, options.fhir_token, patient=scene.patient, subject=options.issuer or "cds-try") if options.handed_on else {}
    request = scene.request(service.hook, None if options.no_prefetch else prefetched.sent, access)
    try:
        answer = player.call(service, request)
    except Failed as error:
        click.echo(f"error: {trying_lines.name(service)}: {error.text}", err=True)
        return Called(service, request["hookInstance"], prefetched, None, error.text)
    faults = tuple(showing.line(fault) for fault in shapes.faults(service.id, service.version, answer))
    for fault in faults:
        click.echo(f"error: {fault}", err=True)
    return Called(service, request["hookInstance"], prefetched, answer, faults=faults)


def _fed_back(player: Player, options: Given, called: Sequence[Called]) -> list[Told]:
    """Feedback on the cards by their numbers, as they were printed; one message a service."""
    cards = [(one.service, card) for one in called if one.answer for card in showing.objects(one.answer["cards"])]
    told: dict[str, Told] = {}
    for number, suggestion in options.accept:
        service, card = _card(cards, number)
        told.setdefault(service.id, Told(service)).items.append(playing.accepted(card, suggestion, at=player.clock()))
    for number in options.override:
        service, card = _card(cards, number)
        item = playing.overridden(card, at=player.clock(), reason=options.reason, comment=options.comment)
        told.setdefault(service.id, Told(service)).items.append(item)
    for one in told.values():
        try:
            one.status = player.tell(one.service, one.items)
        except Failed as error:
            click.echo(f"error: feedback for {trying_lines.name(one.service)}: {error.text}", err=True)
    return list(told.values())


def _card(cards: Sequence[tuple[Service, Mapping[str, Any]]], number: int) -> tuple[Service, Mapping[str, Any]]:
    if not 1 <= number <= len(cards):
        raise playing.NotChosen(f"There is no card {number}: {len(cards)} came.")
    return cards[number - 1]


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
