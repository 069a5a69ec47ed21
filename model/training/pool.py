"""Draws scenes ahead of training: python pool.py FOLDER --first N --shards N --size N. Shard i is drawn with seed i."""

import argparse
from pathlib import Path

import numpy as np

import scenes
from questions import conversation, description
from vocabulary import Vocabulary

LONGEST = 152
CAPTION = 48
CONVERSATIONS = 2
CHARACTERS = '0123456789abcdefghijklmnopqrstuvwxyz'
BLANK = len(CHARACTERS)
NUMBER = len(scenes.WORDS)


def letters_of(scene, grid=12):
    """The character whose centre lies in the left and right half of each patch, and its place in the text: [grid², 2, 2], -1: none."""
    out = np.full((grid, grid, 2, 2), -1, np.int8)
    for i, (x, y) in enumerate(scene.letters):
        column = min(int(x * 2 * grid), 2 * grid - 1)
        out[min(int(y * grid), grid - 1), column // 2, column % 2] = CHARACTERS.index(scene.text[i]), i
    return out.reshape(grid * grid, 2, 2)


def labels_of(scene):
    """What the heads of the first stage learn: things [6, 6] (shape, colour, size, x, y, diameter; -1: none), text [7] (word, 6 characters)."""
    things = np.full((6, 6), -1, np.float32)
    for i, t in enumerate(scene.things):
        things[i] = (scenes.SHAPES.index(t.shape), scenes.COLOUR_NAMES.index(t.colour), t.size == 'large', t.x, t.y, t.diameter)
    text = np.full(7, -1, np.int16)
    if scene.text is not None:
        text[0] = NUMBER if scene.text.isdigit() else scenes.WORDS.index(scene.text)
        text[1:] = [CHARACTERS.index(c) for c in scene.text] + [BLANK] * (6 - len(scene.text))
    return things, text


def shard(seed, size, vocabulary, kinds):
    rng = np.random.default_rng(seed)
    out = {
        'pixels': np.empty((size, scenes.SIDE, scenes.SIDE, 3), np.uint8), 'things': np.empty((size, 6, 6), np.float32),
        'text': np.empty((size, 7), np.int16), 'known': np.empty(size, bool), 'captions': np.zeros((size, CAPTION), np.int16),
        'ids': np.zeros((size, CONVERSATIONS, LONGEST), np.int16), 'answers': np.zeros((size, CONVERSATIONS, LONGEST), bool),
        'letters': np.empty((size, 144, 2, 2), np.int8), 'lengths': np.empty((size, CONVERSATIONS), np.int16)}
    for i in range(size):
        scene, out['pixels'][i] = scenes.sample(rng, kind=kinds and kinds[rng.integers(len(kinds))])
        out['letters'][i] = letters_of(scene)
        out['things'][i], out['text'][i] = labels_of(scene)
        out['known'][i] = scene.known
        caption = vocabulary.encode(description(scene))[:CAPTION]
        out['captions'][i, :len(caption)] = caption
        for c in range(CONVERSATIONS):
            pairs = [pair[1:] for pair in conversation(rng, scene)]
            ids, answers = vocabulary.turns(pairs)
            while len(ids) > LONGEST:
                pairs.pop()
                ids, answers = vocabulary.turns(pairs)
            out['ids'][i, c, :len(ids)], out['answers'][i, c, :len(ids)], out['lengths'][i, c] = ids, answers, len(ids)
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('folder', type=Path)
    parser.add_argument('--first', type=int, required=True)
    parser.add_argument('--shards', type=int, required=True)
    parser.add_argument('--size', type=int, default=4000)
    parser.add_argument('--kinds', nargs='+', help='kinds of scenes, equally often; without it, all in the shares of the grammar')
    parser.add_argument('--name', help='shown by ps')
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    vocabulary = Vocabulary()
    for seed in range(options.first, options.first + options.shards):
        arrays = shard(seed, options.size, vocabulary, options.kinds)
        for name, array in arrays.items():
            np.save(options.folder / f'{seed:04d}.{name}.npy', array)
        (options.folder / f'{seed:04d}.done').touch()


if __name__ == '__main__':
    main()
