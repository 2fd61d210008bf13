"""Flesch-Kincaid grade (Kincaid 1975) with a small counter of syllables; for means over many short texts, not for one."""

import re

WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?")
SENTENCE = re.compile(r"[.!?:;]+(?:\s|$)|\.{3}")
VOWELS = re.compile(r"[aeiouy]+")
SILENT = re.compile(r"(?:[^laeiouy]e|[^td]ed|[^aeiouycsxzg]es)$")
HIATUS = re.compile(r"(?<![ctgsx])i[ao](?!us)|io(?!n|us)|eo|ua|uou|[^q]ui[^td]")


def syllables(word: str) -> int:
    """About how many syllables a word has; at least one."""
    text = word.lower().replace("'", "")
    count = len(VOWELS.findall(text)) + len(HIATUS.findall(text))
    return max(1, count - bool(SILENT.search(text) and count > 1))


def grade(text: str) -> float:
    """The years of school that a text asks for. As Flesch counted, a colon or a semicolon ends a sentence too."""
    words = WORD.findall(text)
    sentences = max(1, len([part for part in SENTENCE.split(text) if WORD.search(part)]))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
