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


def shard(seed, size, vocabulary):
    rng = np.random.default_rng(seed)
    out = {
        'pixels': np.empty((size, scenes.SIDE, scenes.SIDE, 3), np.uint8), 'things': np.empty((size, 6, 6), np.float32),
        'text': np.empty((size, 7), np.int16), 'known': np.empty(size, bool), 'captions': np.zeros((size, CAPTION), np.int16),
        'ids': np.zeros((size, CONVERSATIONS, LONGEST), np.int16), 'answers': np.zeros((size, CONVERSATIONS, LONGEST), bool),
        'lengths': np.empty((size, CONVERSATIONS), np.int16)}
    for i in range(size):
        scene, out['pixels'][i] = scenes.sample(rng)
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
    parser.add_argument('--name', help='shown by ps')
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    vocabulary = Vocabulary()
    for seed in range(options.first, options.first + options.shards):
        arrays = shard(seed, options.size, vocabulary)
        for name, array in arrays.items():
            np.save(options.folder / f'{seed:04d}.{name}.npy', array)
        (options.folder / f'{seed:04d}.done').touch()


if __name__ == '__main__':
    main()
