"""What a patient is called."""

import hashlib
import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from cds.audit.keys import pseudonyms

KEY = bytes(range(32))
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


def test_a_pseudonym_is_what_an_outsider_with_the_key_computes() -> None:
    info = b"back-pain-cds pseudonym 1" + b"\0\0\0\4ward" + b"\0\0\0\5north"
    tenant = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(KEY)
    expected = hmac.new(tenant, b"patient\nPatient/7", hashlib.sha256).hexdigest()
    assert pseudonyms.of_patient(KEY, "ward", "north", "Patient/7") == expected


@given(st.tuples(NAMES, NAMES, NAMES), st.tuples(NAMES, NAMES, NAMES))
def test_two_have_one_pseudonym_only_where_client_tenant_and_patient_are_the_same(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert (pseudonyms.of_patient(KEY, *one) == pseudonyms.of_patient(KEY, *other)) == (one == other)


@given(NAMES, NAMES, NAMES)
def test_a_patient_and_a_decision_of_one_name_are_two(client: str, tenant: str, told: str) -> None:
    assert pseudonyms.of_patient(KEY, client, tenant, told) != pseudonyms.of_decision(KEY, client, tenant, told)


def test_another_key_gives_another_pseudonym() -> None:
    assert pseudonyms.of_patient(KEY, "", "", "Patient/7") != pseudonyms.of_patient(bytes(32), "", "", "Patient/7")


def test_a_urn_names_one_patient_however_its_digits_are_written_and_no_other_name_is_changed() -> None:
    small = "urn:uuid:0b4b0a6c-2d2a-4d3e-9a36-0d4c6c6a2f11"
    large = f"urn:uuid:{small.removeprefix('urn:uuid:').upper()}"
    assert pseudonyms.of_patient(KEY, "", "", small) == pseudonyms.of_patient(KEY, "", "", large)
    assert pseudonyms.of_patient(KEY, "", "", "Patient/a") != pseudonyms.of_patient(KEY, "", "", "Patient/A")
