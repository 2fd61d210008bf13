"""What no text of a release may say, as checks of one text; each is shown to see a fault and to pass a text that looks like one."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.content import brands

YOU_HAVE = re.compile(r"(?<!\bdo )\byou(?:'ve| have| got)\b", re.IGNORECASE)
BLAME = re.compile(
    r"\bfault\b|\bblame|\byou(?:'ve| have)? (?:should have|ought to have|failed|neglected|ignored|caused|overdid|brought)\b|\blazy\b|\bcareless"
    r"|\b(?:bad|poor) (?:posture|form|technique|habits?)\b|\bnon-?complian|\bneglect|\bout of shape\b|\bunfit\b|\bcomplains?\b",
    re.IGNORECASE,
)
OUT_OF_PLACE = re.compile(
    r"\bout of (?:place|alignment|line|joint)\b|\bslipped\b|\bmisalign|\bcrooked\b|\bsublux|\bput back\b|\bpop(?:s|ped)? out\b", re.IGNORECASE
)
REALIGN = re.compile(r"\bre-?align|\balignment\b", re.IGNORECASE)
NEGATED = re.compile(r"\b(?:no|not|none|never|nor|against)\b", re.IGNORECASE)
CERTAIN = re.compile(
    r"\b(?:is|are|was) (?:caused|triggered)\b|\bcaused by\b|\bthe cause (?:is|of)\b|\b(?:is|are) the (?:usual |main |real )?cause\b|\bdue to\b"
    r"|\b(?:pain|ache|it) (?:comes|stems|results|is) from\b|\bcauses? (?:your|the|low|this) (?:back|pain|low)",
    re.IGNORECASE,
)
SENSITIVE = re.compile(r"\binject\w*\b[^.]{0,20}\bdrugs?\b|\bdrugs?\b[^.]{0,20}\binject|\bdrug use\b|\bsexual|\berecti", re.IGNORECASE)
DECOMPRESSION = re.compile(r"decompress", re.IGNORECASE)
WHICH_ONE = re.compile(r"\btraction\b|\bsurg|\boperation\b", re.IGNORECASE)
MARK_UP = re.compile(r"@|https?:|www\.|<[a-zA-Z/!]|&[a-z]+;|\*\*|\]\(")


@dataclass(frozen=True)
class Wording:
    """A fault of wording: when a text has it, texts that have it, and texts that only look like it."""

    name: str
    seen: Callable[[str], object]
    bad: tuple[str, ...]
    good: tuple[str, ...]


def unclean(text: str) -> bool:
    """More than one line, or stray spaces."""
    return text != text.strip() or "\n" in text or "  " in text


def realigns(text: str) -> bool:
    """A sentence that says that something is put back into line; one that denies it is welcome."""
    return any(REALIGN.search(part) and not NEGATED.search(part) for part in re.split(r"[.;]\s", text))


def certain(text: str) -> bool:
    """A sentence that names a cause as known; one that says that a cause is not known is welcome."""
    return any(CERTAIN.search(part) and not NEGATED.search(part) for part in re.split(r"[.;]\s", text))


WORDINGS = (
    Wording(
        "a diagnosis told to the patient",
        YOU_HAVE.search,
        ("You have a slipped disc.", "You've strained a muscle.", "It seems that you have nerve-root pain.", "What you got is a strain."),
        ("Do you have diabetes?", "Do you have thin bones, or have you broken a bone?", "Features fit muscle strain."),
    ),
    Wording(
        "blame",
        BLAME.search,
        ("This is your own fault.", "You should have warmed up.", "You overdid it.", "Your bad posture shows.", "The patient complains of pain."),
        ("Ask how bad the pain is now.", "The answers fit default settings.", "Poor sleep is common.", "Do not try if the pain is bad."),
    ),
    Wording(
        "a part of the body out of place",
        lambda text: OUT_OF_PLACE.search(text) or realigns(text),
        (
            "Your pelvis is out of place.",
            "A slipped disc.",
            "A misaligned spine.",
            "Manipulation realigns the spine.",
            "Put it back in line; it is out of line.",
        ),
        ("It does not realign the spine or pelvis.", "That it realigns anything is not shown.", "Slow side bends take the place of 200 a day."),
    ),
    Wording(
        "a cause told as certain",
        certain,
        (
            "The pain is caused by tight hamstrings.",
            "It is due to old shoes.",
            "Weak glutes are the cause.",
            "Your pain comes from sitting.",
            "Hard roads cause low back pain.",
        ),
        (
            "None is known to be the cause.",
            "No posture is shown to be the right one or the cause.",
            "Cause not clear.",
            "The dose comes from an article.",
        ),
    ),
    Wording(
        "a brand",
        lambda text: brands.naming(brands.BRANDS, text),
        ("Take Tylenol.", "An inversion table (teeter).", "Rub in some Voltaren gel.", "Lyrica for the leg.", "A DR-HO belt."),
        ("Paracetamol (acetaminophen)", "Ibuprofen 200 to 400 mg", "Hot days are hard on runners."),
    ),
    Wording(
        "a decompression that may be the table or the operation",
        lambda text: DECOMPRESSION.search(text) and not WHICH_ONE.search(text),
        ("Spinal decompression helps.", "Try decompression.", "Spinal decompression: not recommended."),
        (
            "Traction (sold as decompression without surgery)",
            "An operation to take pressure off a nerve (surgical decompression)",
            'Traction ("spinal decompression" table)',
        ),
    ),
    Wording(
        "an address or mark-up",
        MARK_UP.search,
        ("See https://example.org.", "**Now**", "Write to a@b.example.", "<b>Now</b>", "A &amp; B"),
        ("Pain < 3/10", "5 * 2", "A & B"),
    ),
    Wording("a line that is not clean", unclean, (" Go.", "Go.\nNow.", "Go.  Now."), ("Go. Now.",)),
)
"""What may stand in no text at all."""

PRIVATE = Wording(
    "a private answer",
    SENSITIVE.search,
    ("Has injected drugs.", "Drug use by injection", "Loss of sexual function", "Injecting street drugs", "History of drug use"),
    ("Steroid injection", "Refer for the options of injection or surgery.", "A private answer counts here."),
)
"""What may stand in a question, in the label that explains it and in the reason that the explanation tells, but in no text of a card."""
