"""Fields of the bakery's form as people and programs may send them: right, wrong, empty, twice, and for slots that there are not."""

from hypothesis import strategies as st

CHOSEN = {
    "q:smoke": ("yes", "no"),
    "q:burnt": ("yes", "no", "unsure"),
    "q:with": ("butter", "jam", "none"),
    "q:else": ("tea", "milk"),
    "o:else": ("Cocoa", "Water"),
    "q:pickup": ("mon",),
    **{f"q{slot}:kind": ("rye", "wheat") for slot in range(3)},
    **{f"q{slot}:seeds": ("true", "false") for slot in range(3)},
    **{f"q{slot}.{part}:toasted": ("true", "false") for slot in range(3) for part in range(2)},
}
TYPED = {
    "q:name": ("Bob", "Bartholomew", "  "),
    "q:age": ("7", "65", "120", "121", "-1"),
    "q:hunger": ("0", "10", "11"),
    "q:weight": ("2.5", "2,50", "0", "much"),
    "q:long": ("40", "60", "far"),
    "u:long": ("cm", "m", "ell"),
    "q:day": ("2026-11-22", "2026-12-01", "2027-01-01", "2026", "2026/11", "20261122", "2026.1.3", "2026-13", "0000-01-01"),
    "q:moment": ("2026-11-22T09:00", "2026-11-22 11:30", "2026/11/22, 9.30", "2026-11-22T10:00:00.5", "2026-11", "2026-11 10:00", "noon"),
    "z:moment": ("Z", "+02:00", "east"),
    "q:hour": ("09:15", "9.15", "12:00", "24:00", "23:59:59"),
    "q:page": ("https://example.org",),
    "q:wish": ("warm\r\nplease",),
    "n:loaf": ("1", "2", "3", "many"),
    **{f"n{slot}:slice": ("1", "2") for slot in range(3)},
    **{f"q{slot}.{part}:slice": ("0", "2", "5", "x") for slot in range(3) for part in range(2)},
    **{
        name: ("text",)
        for name in ("q0:thick", "q1:thick", "q:old", "q:early", "q:light", "q:nameless", "q:bob", "q:ryes", "q:in-a", "q:not-a", "q0:thin")
    },
}

WRONG = {"q:age": ("old",), "q:day": ("2026-02-31",), "q:hour": ("25:00",), "q:page": ("two words",), "q:smoke": ("perhaps",), "q:wish": ("\x00",)}


def all_fields() -> st.SearchStrategy[dict[str, list[str]]]:
    """Every field, with a value or empty."""
    known = {name: (*values, *WRONG.get(name, ()), "") for name, values in (CHOSEN | TYPED).items()}
    return st.fixed_dictionaries({name: st.lists(st.sampled_from(values), min_size=1, max_size=2) for name, values in known.items()})


@st.composite
def fields(draw: st.DrawFn, *, wrong: bool = True) -> dict[str, list[str]]:
    """Some of the fields, with values that they know, and where `wrong` with some that they do not."""
    known = CHOSEN | TYPED
    names = draw(st.lists(st.sampled_from(sorted(known)), unique=True, max_size=25))
    found = {name: draw(st.lists(st.sampled_from(known[name]), min_size=1, max_size=3 if wrong or name == "q:with" else 1)) for name in names}
    amiss = draw(st.sets(st.sampled_from(sorted(WRONG)))) if wrong else ()
    return found | {name: list(WRONG[name]) for name in amiss}
