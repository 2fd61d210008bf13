"""The edited release of every test, and the invented one, loaded once."""

import dataclasses
from pathlib import Path

import pytest

from cds.foundation.settings import PACKAGED_CONTENT
from cds.releases import loading
from tests.assessment import patients
from tests.assessment.patients import Clinic
from tests.releases import knees

DRAFT = PACKAGED_CONTENT / "low-back-pain" / "draft"
SEALED = {"version": "1.0.0", "digest": "sha256:" + "ab" * 32}


def opened(folder: Path, name: str) -> Clinic:
    """The clinic of a draft, as if it were sealed."""
    release = dataclasses.replace(loading.draft(folder, name=name), version=SEALED["version"], digest=SEALED["digest"])
    return patients.clinic(release, folder)


@pytest.fixture(scope="session")
def backs() -> Clinic:
    """The clinic of low back pain."""
    return opened(DRAFT, "low-back-pain")


@pytest.fixture(scope="session")
def sore_knees() -> Clinic:
    """The clinic of the invented condition."""
    return opened(knees.SOURCE, knees.NAME)


@pytest.fixture(scope="session")
def safety_net(backs: Clinic) -> str:
    """The safety-net text."""
    return backs.release.cards.texts["U-01"].patient
