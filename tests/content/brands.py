"""Names under which medicines and goods for the back are sold: none of them may stand in a release."""

import re

NSAIDS = (
    *("Advil", "Aleve", "Arcoxia", "Arthrotec", "Brufen", "Bufferin", "Cataflam", "Celebrex", "Daypro", "Disprin", "Dolobid", "Ecotrin"),
    *("Excedrin", "Feldene", "Indocid", "Indocin", "Lodine", "Mobic", "Motrin", "Naprelan", "Naprogesic", "Naprosyn", "Nurofen", "Ponstan"),
    *("Relafen", "Toradol", "Vimovo", "Voltaren", "Voltarol"),
)
PARACETAMOL = ("Acamol", "Ben-u-ron", "Calpol", "Crocin", "Dafalgan", "Doliprane", "Efferalgan", "Panadol", "Perfalgan", "Tylenol")
GABAPENTINOIDS = ("Gralise", "Horizant", "Lyrica", "Neurontin")
OTHER_PILLS = (
    *("Cymbalta", "Flexeril", "Lioresal", "Norflex", "OxyContin", "Percocet", "Robaxacet", "Robaxin", "Skelaxin", "Soma compound", "Tramal"),
    *("Ultracet", "Ultram", "Valium", "Vicodin", "Zanaflex"),
)
SUPPORTS = (
    "Bauerfeind",
    "Copper Fit",
    "Futuro",
    "LumboTrain",
    "McDavid",
    "McKenzie roll",
    "ObusForme",
    "SpinoMed",
    "Superfeet",
    "Tempur",
    "Dr. Scholl",
)
TABLES = ("Accu-Spina", "Back Revolution", "Chirp Wheel", "DR-HO", "DRX9000", "Hang Ups", "Inversion Boots", "Nubax", "Teeter", "VAX-D")
CREAMS = (
    *("Aspercreme", "Bengay", "Biofreeze", "Capzasin", "Deep Heat", "Icy Hot", "Perskindol", "Rub A535", "Salonpas", "ThermaCare"),
    *("Tiger Balm", "Traumeel", "Volini", "Zostrix"),
)
GOODS = ("Adidas", "Asics", "Fitbit", "Garmin", "Hoka", "Nike", "Saucony", "Strava", "Theragun", "TriggerPoint")
BRANDS = (*NSAIDS, *PARACETAMOL, *GABAPENTINOIDS, *OTHER_PILLS, *SUPPORTS, *TABLES, *CREAMS, *GOODS)
PROPER_NAME = re.compile(r"\b(?!The\b)[A-Z][\w'-]*(?: the)?(?: [A-Z][\w'-]*)+")
COMMERCIAL = "EXCLUDE_COMMERCIAL"


def naming(brands: tuple[str, ...], text: str) -> list[str]:
    """The brands that stand in a text as words of their own."""
    return re.findall(r"\b(?:" + "|".join(map(re.escape, brands)) + r")\b", text, re.IGNORECASE)


def sold(claims: list[dict[str, str]]) -> tuple[str, ...]:
    """The products that the articles sell, by the claims that the notes exclude as commercial."""
    return tuple(name for claim in claims if claim["stance"] == COMMERCIAL for name in PROPER_NAME.findall(claim["quote"]))
