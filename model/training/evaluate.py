"""Accuracy of a checkpoint on fresh scenes, each question asked by itself: python evaluate.py CHECKPOINT [--count N] [--seed N] [--held-out].

An answer is right if every token of it, its end included, is the likeliest after those before it: then greedy generation gives it exactly.
"""

import argparse
import json
from collections import defaultdict

import numpy as np
import torch

import scenes
from net import MobileVlm, Shape, normalise
from questions import conversation
from vocabulary import Vocabulary


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('checkpoint')
    parser.add_argument('--count', type=int, default=500)
    parser.add_argument('--seed', type=int, default=20)
    parser.add_argument('--held-out', action='store_true', help='draw signs with the fonts that training does not use')
    parser.add_argument('--wrong', type=int, default=0, help='show so many wrong answers')
    options = parser.parse_args()
    torch.set_num_threads(1)
    saved = torch.load(options.checkpoint, weights_only=True)
    model = MobileVlm(Shape(**saved['shape'])).eval()
    model.load_state_dict(saved['model'])
    vocabulary = Vocabulary()
    prefix = torch.tensor(vocabulary.prefix())
    rng = np.random.default_rng(options.seed)
    score = defaultdict(lambda: [0, 0])
    shown = 0
    for _ in range(options.count):
        scene, pixels = scenes.sample(rng, options.held_out)
        asked = conversation(rng, scene)
        turns = [vocabulary.turns([(turn.question, turn.answer)]) for turn in asked]
        longest = max(len(ids) for ids, _ in turns)
        ids = torch.zeros(len(turns), longest, dtype=torch.long)
        for row, (turn, _) in zip(ids, turns):
            row[:len(turn)] = torch.from_numpy(turn.astype(np.int64))
        features = model.vision(normalise(torch.from_numpy(pixels.copy())[None])).expand(len(turns), -1, -1)
        best = model.language.logits(model.reading(features, prefix, ids)).argmax(-1)
        for row, ((kind, question, answer, _), (turn, answers)) in enumerate(zip(asked, turns)):
            said = best[row, :len(turn)].numpy()[answers]
            right = (said == turn[answers]).all()
            score[kind][0] += 1
            score[kind][1] += int(right)
            if not right and shown < options.wrong:
                shown += 1
                print(kind, question, answer, '->', vocabulary.decode(said))
    print(json.dumps({'kinds': {kind: {'asked': a, 'right': r, 'share': round(r / a, 4)} for kind, (a, r) in sorted(score.items())}}))


if __name__ == '__main__':
    main()
