"""The SentencePiece vocabulary of the model: byte-pair encoding on the words of the grammar, until every word is one piece."""

import string
from collections import Counter

import numpy as np

from questions import (DESCRIBE, NUMBER, NUMBERS, PLACES, PLURALS, READ, SIZE, UNSURE, WHERE)
from scenes import COLOUR_NAMES, SHAPES, WORDS

SPACE = '\u2581'
UNKNOWN, BEGIN, END = 0, 1, 2
FIRST_BYTE, FIRST_PIECE = 3, 259
SYSTEM = ('A chat between a curious user and an artificial intelligence assistant. '
          "The assistant gives helpful, detailed, and polite answers to the user's questions.")
PREFIX = SYSTEM + ' USER: '


def split(text):
    """Words, marks and digits of a text that begins with a space, each with the space before it."""
    units, unit = [], ''
    for c in SPACE + text.replace(' ', SPACE):
        if c == SPACE or not (c.isalpha() or c in ":'"):
            units.append(unit)
            unit = ''
        if c.isdigit() or c in '.,?!\n':
            units.append(c)
        else:
            unit += c
    return [u for u in units + [unit] if u]


def corpus():
    """Units with weights."""
    fixed = [*DESCRIBE, *SIZE, *READ, *NUMBER, *WHERE, *(p for row in PLACES for p in row), UNSURE, *(n + '.' for n in NUMBERS),
             *PLURALS.values(), *SHAPES, *COLOUR_NAMES, *(c.capitalize() + '.' for c in COLOUR_NAMES), *('A ' + s for s in SHAPES),
             'What colour is the color of Which shape is the object? How many objects are there in the picture? Count the',
             'Is the to the left or right of above or below Is there a an There is no sign. Yes. No. Left. Right. Above. Below.',
             'A sign that says and a small large Small. Large. What does it say? USER: ASSISTANT:', PREFIX]
    weights = Counter()
    for text in fixed:
        for unit in split(text):
            weights[unit] += 20
    for word in WORDS:
        weights[SPACE + word] += 5
    for opener in ('What', 'Which', 'Where', 'How', 'Is', 'Read', 'Count', 'Describe', 'Are', 'Does', 'Do', 'Can'):
        weights[opener] += 20  # after the line break that follows the picture, there is no space
    return weights


def pieces():
    """Merged pieces, in the order in which they merge."""
    words = [(list(unit.replace('{', '').replace('}', '')), weight) for unit, weight in sorted(corpus().items())]
    out = []
    while True:
        pairs = Counter()
        for symbols, weight in words:
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += weight
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        piece = best[0] + best[1]
        out.append(piece)
        for symbols, _ in words:
            i = 0
            while i + 1 < len(symbols):
                if symbols[i] == best[0] and symbols[i + 1] == best[1]:
                    symbols[i:i + 2] = [piece]
                i += 1
    out = list(dict.fromkeys(out))
    # What stands before every picture becomes one piece, from left to right.
    chain = ''
    for unit in split(PREFIX):
        chain += unit
        if len(chain) > len(unit):
            out.append(chain)
    return out


class Vocabulary:
    def __init__(self):
        merged = pieces()
        characters = [SPACE] + [c for c in map(chr, range(0x21, 0x7f))]
        self.tokens = ['<unk>', '<s>', '</s>'] + [f'<0x{b:02X}>' for b in range(256)] + merged + characters
        self.tokens += [f'<unused{i}>' for i in range(-len(self.tokens) % 32)]
        ordinary = len(merged) + len(characters)
        self.scores = [0.0] * FIRST_PIECE + [-float(i) for i in range(len(self.tokens) - FIRST_PIECE)]
        # As in GGUF files: 1 normal, 2 unknown, 3 control, 5 unused, 6 byte.
        self.types = [2, 3, 3] + [6] * 256 + [1] * ordinary + [5] * (len(self.tokens) - FIRST_PIECE - ordinary)
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.rank = {piece: i for i, piece in enumerate(merged)}
        self.cache = {}

    def __len__(self):
        return len(self.tokens)

    def encode(self, text):
        """Ids of a text by itself, with the space before it."""
        if text in self.cache:
            return self.cache[text]
        symbols = list(SPACE + text.replace(' ', SPACE))
        while True:
            ranks = [(self.rank.get(a + b, 1 << 30), i) for i, (a, b) in enumerate(zip(symbols, symbols[1:]))]
            best, i = min(ranks, default=(1 << 30, 0))
            if best == 1 << 30:
                break
            symbols[i:i + 2] = [symbols[i] + symbols[i + 1]]
        ids = []
        for symbol in symbols:
            if symbol in self.ids:
                ids.append(self.ids[symbol])
            else:
                ids.extend(FIRST_BYTE + b for b in symbol.encode())
        if len(self.cache) < 200_000:
            self.cache[text] = ids
        return ids

    def decode(self, ids):
        text = ''.join(self.tokens[i] for i in ids if i >= FIRST_PIECE).replace(SPACE, ' ')
        return text[1:] if text.startswith(' ') else text

    def prefix(self):
        """What stands before the picture."""
        return [BEGIN] + self.encode(PREFIX)

    def turns(self, pairs):
        """What stands behind the picture: ids, and for each whether it is part of an answer. The text of a turn is encoded as one."""
        ids, answers = [], []
        for i, (question, answer) in enumerate(pairs):
            asked = self.encode(('\n' if i == 0 else 'USER: ') + question + ' ASSISTANT:')
            both = self.encode(('\n' if i == 0 else 'USER: ') + question + ' ASSISTANT: ' + answer)
            assert both[:len(asked)] == asked
            ids += both + [END]
            answers += [False] * len(asked) + [True] * (len(both) - len(asked) + 1)
        return np.array(ids, np.int16), np.array(answers, bool)
