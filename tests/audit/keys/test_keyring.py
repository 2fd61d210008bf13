"""The keys of the ledger, as they are read and used."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest

from cds.audit.faults import LedgerDamaged, LedgerRefused
from cds.audit.keys import keyring
from cds.audit.keys.keyring import KeyMissing, KeyRing
from tests.audit import decided, keyfiles


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    """Fresh keys."""
    return decided.ring(tmp_path)


def opened(path: Path, **chosen: Any) -> KeyRing:
    """The ring of this file, as in production."""
    return keyring.open_ring(decided.place(path.parent, keys=path, **{"make_keys": False} | chosen))


def test_keys_are_made_once_where_they_may_be(tmp_path: Path) -> None:
    one, other = decided.ring(tmp_path), decided.ring(tmp_path)
    assert (one.seals, one.names, one.signers) == (other.seals, other.names, other.signers)
    assert one.exposed == ()


def test_without_keys_nothing_is_opened_where_none_may_be_made(tmp_path: Path) -> None:
    with pytest.raises(LedgerRefused, match="name their file in CDS_AUDIT_KEYS"):
        opened(tmp_path / "keys.toml")
    assert list(tmp_path.iterdir()) == []


def test_the_last_key_of_a_use_is_written_with_and_all_are_read_with(tmp_path: Path) -> None:
    path = keyfiles.write(tmp_path, "seal-1", "pseudonym-1", "sign-1")
    old = opened(path)
    wrapped, pseudonym = old.wrap(bytes(32), "key", "subject"), old.pseudonym("ward", "", "Patient/7")
    new = opened(keyfiles.write(tmp_path, "seal-1", "pseudonym-1", "sign-1", "seal-2", "pseudonym-2", "sign-2"))
    assert new.unwrap(wrapped) == bytes(32)
    assert new.wrap(bytes(32), "key", "subject").wrapped_by == new.newest_seal == "seal-2"
    assert new.pseudonyms("ward", "", "Patient/7") == (pseudonym, new.pseudonym("ward", "", "Patient/7"))
    assert len(set(new.pseudonyms("ward", "", "Patient/7"))) == 2
    assert new.signer.id == "sign-2"
    assert [key.id for key in new.verifiers] == ["sign-1", "sign-2"]
    assert list(new.verifiers) == [key.verifying for key in new.signers]


def test_a_retired_key_verifies_and_never_signs(tmp_path: Path) -> None:
    old = opened(keyfiles.write(tmp_path, "seal-1", "pseudonym-1", "sign-1"))
    retired = keyfiles.entry("sign-1", public=old.signer.verifying.public, retired=True)
    new = opened(keyfiles.write(tmp_path, "seal-1", "pseudonym-1", "sign-2", retired))
    assert [key.id for key in new.signers] == ["sign-2"]
    assert new.verifiers[1] == old.signer.verifying


@pytest.mark.parametrize("use", ["seal", "pseudonym", "sign"])
def test_a_file_without_a_key_of_each_use_is_refused(tmp_path: Path, use: str) -> None:
    path = keyfiles.write(tmp_path, *(f"{one}-1" for one in ("seal", "pseudonym", "sign") if one != use))
    with pytest.raises(LedgerRefused, match=f"no key of the use `{use}`"):
        opened(path)


def test_a_signing_key_that_is_retired_leaves_none_to_sign_with(tmp_path: Path) -> None:
    retired = keyfiles.entry("sign-1", public=bytes(32), retired=True)
    with pytest.raises(LedgerRefused, match="no key of the use `sign`"):
        opened(keyfiles.write(tmp_path, "seal-1", "pseudonym-1", retired))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused_and_in_development_only_said(tmp_path: Path, mode: int) -> None:
    path = keyfiles.write(tmp_path, "seal-1", "pseudonym-1", "sign-1")
    (tmp_path / "seal-1.key").chmod(mode)
    with pytest.raises(LedgerRefused, match="others than its owner can read the file of the key seal-1"):
        opened(path)
    assert opened(path, make_keys=True).exposed == ("seal-1",)


def test_a_seal_key_that_is_not_there_is_named_with_the_setting_that_names_the_file(keys: KeyRing, tmp_path: Path) -> None:
    wrapped = keys.wrap(bytes(32), "key", "subject")
    with pytest.raises(KeyMissing, match=rf"{keys.newest_seal}.*CDS_AUDIT_KEYS") as caught:
        dataclasses.replace(keys, seals={}).unwrap(wrapped)
    assert str(tmp_path) not in caught.value.text


def test_keys_never_show_when_a_ring_is_printed(keys: KeyRing) -> None:
    shown = repr(keys) + repr(keys.signers)
    assert not [secret for secret in (*keys.seals.values(), *keys.names, keys.signer.seed) if repr(secret)[2:-1] in shown]


def test_a_ring_of_the_same_ids_and_other_keys_is_told(keys: KeyRing) -> None:
    wrapped = keys.wrap(bytes(32), "key", "subject")
    other = dataclasses.replace(keys, seals={keys.newest_seal: os.urandom(32)})
    with pytest.raises(LedgerDamaged, match="another one of the same id"):
        other.unwrap(wrapped)
