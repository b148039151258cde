"""BERT's tokenisation: basic (lower case, no accents, punctuation apart) and then the longest known pieces first."""

import unicodedata
from collections import Counter

import numpy as np

PAD, UNKNOWN, CLASSIFY, SEPARATE, MASK = SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LONGEST_WORD = 100


def is_punctuation(character):
    code = ord(character)
    ascii_symbol = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    return ascii_symbol or unicodedata.category(character).startswith("P")


def is_ideograph(character):
    code = ord(character)
    return (0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0xF900 <= code <= 0xFAFF
            or 0x20000 <= code <= 0x2CEAF or 0x2F800 <= code <= 0x2FA1F)


def basic_tokens(text):
    """Words in lower case and without accents; each punctuation mark and ideograph is a word of its own."""
    spaced = []
    for character in unicodedata.normalize("NFD", text.lower()):
        category = unicodedata.category(character)
        if character in "\t\n\r" or category == "Zs":
            spaced.append(" ")
        elif category == "Mn" or category.startswith("C") or character == "\N{REPLACEMENT CHARACTER}":
            continue
        elif is_punctuation(character) or is_ideograph(character):
            spaced.append(f" {character} ")
        else:
            spaced.append(character)
    return "".join(spaced).split()


def learn(texts, words):
    """A vocabulary: special tokens, every character seen (alone and as a ## piece), common endings, common words."""
    counts = Counter(token for text in texts for token in basic_tokens(text))
    characters = sorted({character for word in counts for character in word})
    endings = Counter()
    for word, count in counts.items():
        for length in (2, 3, 4):
            if len(word) > length + 1:
                endings[word[-length:]] += count
    pieces = SPECIAL + characters + ["##" + character for character in characters]
    pieces += ["##" + ending for ending, _ in ranked(endings)[:words // 8]]
    pieces += [word for word, _ in ranked(counts)[:words]]
    return Vocabulary(dict.fromkeys(pieces))


def ranked(counts):
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


class Vocabulary:
    def __init__(self, pieces):
        self.pieces = list(pieces)
        self.ids = {piece: index for index, piece in enumerate(self.pieces)}

    @staticmethod
    def read(path):
        return Vocabulary(path.read_text(encoding="utf-8").split("\n")[:-1])

    def write(self, path):
        path.write_text("".join(piece + "\n" for piece in self.pieces), encoding="utf-8")

    def word_ids(self, word):
        """The longest piece that fits, again and again; a word with any part that fits nothing is unknown."""
        ids, start = [], 0
        while start < len(word):
            prefix = "##" if start else ""
            fits = (end for end in range(len(word), start, -1) if prefix + word[start:end] in self.ids)
            end = next(fits, None)
            if end is None or len(word) > LONGEST_WORD:
                return [self.ids[UNKNOWN]]
            ids.append(self.ids[prefix + word[start:end]])
            start = end
        return ids

    def encode(self, text, max_length):
        ids = [piece for word in basic_tokens(text) for piece in self.word_ids(word)]
        return [self.ids[CLASSIFY], *ids[:max_length - 2], self.ids[SEPARATE]]

    def encode_all(self, texts, max_length):
        """Input ids and attention mask [rows, longest], padded on the right."""
        rows = [self.encode(text, max_length) for text in texts]
        ids = np.full((len(rows), max(map(len, rows))), self.ids[PAD], dtype=np.int64)
        mask = np.zeros_like(ids)
        for index, row in enumerate(rows):
            ids[index, :len(row)] = row
            mask[index, :len(row)] = 1
        return ids, mask
