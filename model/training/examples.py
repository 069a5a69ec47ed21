"""What a step of training learns from: fresh scenes with the labels of the heads, and conversations with what each word is about."""

import numpy as np
import torch

import scenes
from questions import conversation, description

LONGEST = 152
BUCKETS = (72, 120, LONGEST)
CAPTION = 48
CHARACTERS = '0123456789abcdefghijklmnopqrstuvwxyz'
BLANK = len(CHARACTERS)
NUMBER = len(scenes.WORDS)
GRID = 12
CELLS = GRID // 2
# More signs than in the shares of the grammar: letters are learnt last.
KINDS, SHARES = ('things', 'sign', 'both', 'unknown'), (0.42, 0.22, 0.30, 0.06)


def letters_of(scene):
    """The character whose centre lies in the left and right half of each patch, and its place in the text: [GRID², 2, 2], -1: none."""
    out = np.full((GRID, GRID, 2, 2), -1, np.int64)
    for i, (x, y) in enumerate(scene.letters):
        column = min(int(x * 2 * GRID), 2 * GRID - 1)
        out[min(int(y * GRID), GRID - 1), column // 2, column % 2] = CHARACTERS.index(scene.text[i]), i
    return out.reshape(GRID * GRID, 2, 2)


def labels_of(scene):
    """Things [6, 6] (shape, colour, size, x, y, diameter; -1: none) and text [7] (word, 6 characters; -1: none)."""
    things = np.full((6, 6), -1, np.float32)
    for i, t in enumerate(scene.things):
        things[i] = (scenes.SHAPES.index(t.shape), scenes.COLOUR_NAMES.index(t.colour), t.size == 'large', t.x, t.y, t.diameter)
    text = np.full(7, -1, np.int64)
    if scene.text is not None:
        text[0] = NUMBER if scene.text.isdigit() else scenes.WORDS.index(scene.text)
        text[1:] = [CHARACTERS.index(c) for c in scene.text] + [BLANK] * (6 - len(scene.text))
    return things, text


# Where in the picture: sets of image tokens, as bits

def cell(x, y):
    return 1 << (min(int(y * CELLS), CELLS - 1) * CELLS + min(int(x * CELLS), CELLS - 1))


def cells_of(thing):
    """The image tokens whose centres the thing covers, and the one that its own centre lies in."""
    bits, radius = cell(thing.x, thing.y), thing.diameter / 2
    for y in range(max(0, int((thing.y - radius) * CELLS)), min(CELLS, int((thing.y + radius) * CELLS) + 1)):
        for x in range(max(0, int((thing.x - radius) * CELLS)), min(CELLS, int((thing.x + radius) * CELLS) + 1)):
            if ((x + 0.5) / CELLS - thing.x) ** 2 + ((y + 0.5) / CELLS - thing.y) ** 2 < radius ** 2:
                bits |= 1 << (y * CELLS + x)
    return bits


def union(sets):
    bits = 0
    for other in sets:
        bits |= other
    return bits


def looks(vocabulary, scene, asked, ids, answers):
    """Where each token is looked up in the picture, int64 [tokens, 4]: two sets of image tokens, or 0; the thing that it names, if it is one; how many.

    First for words of questions that name things: those things. Then for the tokens before an answer that is read off the picture: what it is
    read from, the thing that a question is about, the things of a description in their order, the letters of a sign.
    """
    out = np.zeros((len(ids), 4), np.int64)
    out[:, 2:] = -1
    start = 0
    for kind, _, _, about in asked:
        end = start + int(np.argmax(ids[start:] == 2)) + 1
        first = start + int(np.argmax(answers[start:end]))
        at = start
        for word, things in about:
            token = vocabulary.ids['\u2581' + word]
            while ids[at] != token:
                at += 1
            out[at, 0] = union(map(cells_of, things))
            out[at, 2] = scene.things.index(things[0]) if len(things) == 1 else -1
            out[at, 3] = len(things)
            at += 1
        if kind in ('colour', 'shape', 'size') or kind == 'position' and len(about) == 1:
            out[first - 1:end - 3, 1] = out[at - 1, 0]
        elif kind == 'word' or kind == 'number':
            read_sign(out, scene, first - 1, kind == 'number')
        elif kind == 'describe':
            sizes = {vocabulary.ids['\u2581' + size] for size in scenes.SIZES}
            things = iter(sorted(scene.things, key=lambda t: t.x))
            says = vocabulary.ids['\u2581says']
            for i in range(first, end):
                if ids[i] in sizes:
                    out[i - 1:i + 2, 1] = cells_of(next(things))
                elif ids[i] == says:
                    read_sign(out, scene, i, scene.text.isdigit())
        start = end
    return out


def read_sign(out, scene, before, number):
    """A word is one token, a number one for each digit after a space."""
    if number:
        for i, place in enumerate(scene.letters):
            out[before + 1 + i, 1] = cell(*place)
    else:
        out[before, 1] = union(cell(*place) for place in scene.letters)


class Examples:
    """Endless scenes, none of them twice. Not thread-safe."""

    def __init__(self, vocabulary, seed):
        self.vocabulary, self.rng = vocabulary, np.random.default_rng(seed)

    def scene(self):
        scene, pixels = scenes.sample(self.rng, kind=KINDS[self.rng.choice(4, p=SHARES)])
        things, text = labels_of(scene)
        caption = np.zeros(CAPTION, np.int64)
        ids = self.vocabulary.encode(description(scene))[:CAPTION]
        caption[:len(ids)] = ids
        return scene, {'pixels': pixels, 'things': things, 'text': text, 'letters': letters_of(scene), 'known': scene.known, 'captions': caption}

    def pictures(self, size):
        """Batches for the encoder alone."""
        while True:
            yield stack([self.scene()[1] for _ in range(size)])

    def conversations(self, size):
        """Batches of scenes with conversations of similar length."""
        waiting = {bucket: [] for bucket in BUCKETS}
        while True:
            scene, example = self.scene()
            asked = conversation(self.rng, scene)
            ids, answers = self.vocabulary.turns([(turn.question, turn.answer) for turn in asked])
            while len(ids) > LONGEST:
                asked.pop()
                ids, answers = self.vocabulary.turns([(turn.question, turn.answer) for turn in asked])
            bucket = next(b for b in BUCKETS if b >= len(ids))
            padded = {'ids': np.zeros(bucket, np.int64), 'answers': np.zeros(bucket, bool), 'looks': np.tile(np.array((0, 0, -1, -1)), (bucket, 1))}
            padded['ids'][:len(ids)], padded['answers'][:len(ids)] = ids, answers
            padded['looks'][:len(ids)] = looks(self.vocabulary, scene, asked, ids, answers)
            waiting[bucket].append({**example, **padded})
            if len(waiting[bucket]) == size:
                yield stack(waiting[bucket])
                waiting[bucket] = []


def stack(examples):
    return {field: torch.from_numpy(np.stack([example[field] for example in examples])) for field in examples[0]}
