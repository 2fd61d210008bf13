"""Where cards went and beside which orders is kept so that it can be read back, and nothing that somebody typed is."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.hooks.cards import Outlet
from cds.service import deciding, outlets, profiles
from cds.service.application import Application
from cds.service.deciding import Evidence
from cds.values.assessment import Assessment
from cds.values.order import Drafts, Order
from cds.values.profile import ClientProfile, Translation
from cds.values.release import Coding, OrderedSet
from tests.service import messages
from tests.service.messages import CANARY

TEXT = st.text(max_size=5)
CODINGS = st.builds(Coding, TEXT, TEXT, TEXT)
PROFILES = st.builds(
    ClientProfile,
    kind=TEXT,
    kinds=st.dictionaries(TEXT, TEXT, max_size=2),
    codings=st.dictionaries(st.tuples(TEXT, TEXT), st.builds(Translation, st.lists(CODINGS, max_size=2).map(tuple), st.booleans()), max_size=2),
    limit=st.none() | st.integers(0, 5),
    selection=st.sampled_from(["any", "at-most-one"]),
    links=st.frozensets(st.sampled_from(["explanation", "form"])),
    plain=st.booleans(),
    silent=st.booleans(),
    name=TEXT,
)


@given(st.builds(Outlet, TEXT, TEXT, PROFILES))
def test_an_outlet_is_read_back_as_it_was(outlet: Outlet) -> None:
    again = outlets.read(json.loads(json.dumps(outlets.plain(outlet))))
    assert (again, again.profile.name) == (outlet, outlet.profile.name)


@pytest.mark.parametrize("name", profiles.names())
def test_every_packaged_profile_is_read_back_as_it_was(name: str) -> None:
    outlet = Outlet("https://cds.example.org", "", profiles.load(name))
    assert outlets.read(json.loads(json.dumps(outlets.plain(outlet)))) == outlet


@pytest.fixture
def silent(backs_loaded: Application) -> Assessment:
    """An assessment of nobody's answers."""
    release = backs_loaded.releases["low-back-pain"]
    return deciding.assess(backs_loaded, release, Evidence(None, {}, "p-1"), at=messages.AT)


def test_orders_are_read_back_by_all_that_counts_of_them(backs_loaded: Application, silent: Assessment) -> None:
    release = backs_loaded.releases["low-back-pain"]
    code = (release.cards.recommendation_system, next(iter(release.cards.recommendations)))
    sets = frozenset({OrderedSet("a-set"), OrderedSet("a-set", Decimal("1200.5"))})
    order = Order("ServiceRequest/1", "ServiceRequest", frozenset({code}), (), "urgent", sets, False, datetime(2030, 5, 6, tzinfo=UTC))
    drafts = Drafts((order, Order("Task/2", "Task", frozenset())), ("draftOrders[2]: not read.",), ("ServiceRequest/3 is of another patient.",))
    assert outlets.read_orders(json.loads(json.dumps(outlets.plain_orders(drafts, release, silent)))) == drafts


def test_names_and_codes_of_others_are_not_kept(backs_loaded: Application, silent: Assessment) -> None:
    release = backs_loaded.releases["low-back-pain"]
    codes = frozenset({("https://example.org", CANARY), (release.cards.recommendation_system, CANARY), (CANARY, CANARY)})
    drafts = Drafts((Order("ServiceRequest/1", "ServiceRequest", codes, (CANARY,)),))
    assert CANARY not in json.dumps(outlets.plain_orders(drafts, release, silent))
