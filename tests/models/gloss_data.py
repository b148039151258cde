"""Definitions of WordNet nouns with the topic their lexicographer file stands for."""

import random
from pathlib import Path

WORDNET_NOUNS = Path("/usr/share/wordnet/data.noun")  # Debian package wordnet-base
TOPICS = {"05": "animal", "06": "artifact", "08": "body", "13": "food",
          "15": "location", "18": "person", "20": "plant", "27": "substance"}
LABELS = list(TOPICS.values())
HELD_OUT = 300


def definitions():
    """Each definition once, without the examples that follow it, in the order of the file."""
    found = {}
    for line in WORDNET_NOUNS.read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            continue  # the licence, at the head of the file
        fields, gloss = line.split(" | ", 1)
        topic = TOPICS.get(fields.split(" ")[1])
        if topic is not None:
            found.setdefault(gloss.split('; "')[0].strip(), topic)
    return list(found.items())


def split():
    """Training and held-out (text, topic) pairs; no text is in both."""
    pairs = definitions()
    random.Random(0).shuffle(pairs)
    return pairs[HELD_OUT:], pairs[:HELD_OUT]
