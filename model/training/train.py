"""Trains the bundled model on scenes that are drawn as it goes, none of them twice.

python train.py OUT --minutes ENCODER ALIGN TOGETHER: the image encoder by itself; projector and language model with the encoder fixed;
then everything. Learning rates follow the clock, so that a stage ends when its time is over. Writes OUT/STAGE.pt and OUT/log.jsonl.
Each core trains in a process of its own, on its own scenes; after each step all apply the mean of their gradients.
"""

import argparse
import json
import math
import multiprocessing
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import scenes
from examples import BUCKETS, CELLS, LONGEST, Examples
from heads import Heads, losses, named
from net import MobileVlm, Shape, normalise
from questions import NUMBERS, conversation
from vocabulary import Vocabulary

MUON = 10  # its rate, in AdamW's
# One head of a block learns where to look (examples.looks): for words of a question, and for the answer. By itself it takes very long.
FINDS, READS = (1, 0), (3, 1)


def jitter(pixels):
    """Slightly other exposure, colours and grain, as other programs and file formats make."""
    b = pixels.shape[0]
    x = pixels.float()
    x = x * (1 + 0.02 * torch.randn(b, 1, 1, 3)) + 2 * torch.randn(b, 1, 1, 3)
    x = x + torch.randn(x.shape) * (torch.rand(b, 1, 1, 1) - 0.4).clamp(min=0) * 5
    return x.clamp(0, 255)


class Team:
    """What the processes share. @param size parameters in all"""

    def __init__(self, workers, size):
        self.workers = workers
        # Two of each: the next step's gradients are written while a slow process still reads this one's.
        self.gradients = torch.zeros(2, workers, size).share_memory_()
        self.weights = torch.zeros(workers, size).share_memory_()
        self.progress = torch.zeros(2, dtype=torch.float64).share_memory_()
        self.barrier = multiprocessing.get_context('fork').Barrier(workers)
        self.turn = 0

    def mean(self, rank, flat, progress):
        """The mean of all processes' gradients, and the first one's progress."""
        now, self.turn = self.turn, 1 - self.turn
        self.gradients[now, rank, :flat.numel()] = flat
        if rank == 0:
            self.progress[now] = progress
        self.barrier.wait()
        return self.gradients[now, :, :flat.numel()].mean(0), float(self.progress[now])

    @torch.no_grad()
    def exchange(self, rank, shares):
        """Gives each process the weights that the others have computed. @param shares the tensors of each"""
        mine = torch.cat([w.flatten() for w in shares[rank]])
        self.weights[rank, :mine.numel()] = mine
        self.barrier.wait()
        for r, share in enumerate(shares):
            if r != rank:
                sizes = [w.numel() for w in share]
                for w, flat in zip(share, self.weights[r, :sum(sizes)].split(sizes)):
                    w.copy_(flat.view(w.shape))


class Trainer:
    """Weights in float32, a copy in bfloat16 that computes, and a moving average that is kept."""

    def __init__(self, team, rank, modules, rates, decay):
        self.team, self.rank = team, rank
        self.params = [p for module in modules for p in module.parameters()]
        self.master = [p.detach().float().clone().requires_grad_() for p in self.params]
        self.average = [p.detach().clone() for p in self.master]
        hidden, matrices, others = [], defaultdict(list), defaultdict(list)
        names = [(name, rate) for module, rate in zip(modules, rates) for name, _ in module.named_parameters()]
        for m, (name, rate) in zip(self.master, names):
            if name.startswith('blocks.') and m.dim() == 2:
                hidden.append((m, rate))
            else:
                (matrices if m.dim() > 1 else others)[rate].append(m)
        # Matrices inside of blocks by Muon (Jordan et al. 2024), which needs half of the steps; the rest by AdamW (Loshchilov and Hutter).
        # Muon takes a fifth of a step's time: each process does its share of the matrices.
        self.shares = [[m for m, _ in hidden[r::team.workers]] for r in range(team.workers)]
        self.muon = torch.optim.Muon([{'params': [m], 'scale': MUON * rate} for m, rate in hidden[rank::team.workers]], weight_decay=0.01)
        self.adam = torch.optim.AdamW([{'params': p, 'scale': rate, 'weight_decay': decay} for groups, decay in ((matrices, 0.05), (others, 0.0))
                                       for rate, p in groups.items()], betas=(0.9, 0.98), fused=True)
        self.decay, self.steps = decay, 0

    def step(self, rate, progress):
        """Applies the gradients of all processes. Returns their norm and the progress that all go by."""
        self.steps += 1
        flat = torch.cat([torch.zeros(p.numel()) if p.grad is None else p.grad.float().flatten() for p in self.params])
        flat, progress = self.team.mean(self.rank, flat, progress)
        norm = float(flat.norm())
        flat *= min(1.0, 1.0 / (norm + 1e-6))
        for m, p, grad in zip(self.master, self.params, flat.split([p.numel() for p in self.params])):
            m.grad = grad.view(m.shape)
            p.grad = None
        for optimiser in (self.muon, self.adam):
            for group in optimiser.param_groups:
                group['lr'] = rate * group['scale']
            optimiser.step()
        self.team.exchange(self.rank, self.shares)
        with torch.no_grad():
            torch._foreach_lerp_(self.average, self.master, 1 - min(self.decay, (1 + self.steps) / (10 + self.steps)))
        self.load(self.master)
        return norm, progress

    @torch.no_grad()
    def load(self, weights):
        for p, w in zip(self.params, weights):
            p.copy_(w)


class Evaluation:
    """Scenes with their questions, drawn with seeds (and, in part, fonts) that training does not use."""

    def __init__(self, vocabulary, count, held_out, seed):
        rng = np.random.default_rng(seed)
        self.vocabulary, self.items = vocabulary, []
        for _ in range(count):
            scene, pixels = scenes.sample(rng, held_out)
            asked = conversation(rng, scene)
            ids, answers = vocabulary.turns([(turn.question, turn.answer) for turn in asked])
            while len(ids) > LONGEST:
                asked.pop()
                ids, answers = vocabulary.turns([(turn.question, turn.answer) for turn in asked])
            self.items.append((pixels, [turn.kind for turn in asked], ids, answers))

    @torch.no_grad()
    def run(self, model, prefix):
        """{kind: (asked, right)}: an answer is right if all its tokens are the likeliest, the earlier turns being as they should."""
        score = defaultdict(lambda: [0, 0])
        items = sorted(self.items, key=lambda item: len(item[2]))
        for i in range(0, len(items), 50):
            part = items[i:i + 50]
            longest = max(len(item[2]) for item in part)
            ids = torch.zeros(len(part), longest, dtype=torch.long)
            for row, item in zip(ids, part):
                row[:len(item[2])] = torch.from_numpy(item[2].astype(np.int64))
            pixels = torch.from_numpy(np.stack([item[0] for item in part]))
            best = model.language.logits(model.reading(model.vision(normalise(pixels)), prefix, ids)).argmax(-1)
            for row, item in enumerate(part):
                right = (best[row] == ids[row])[:len(item[2])].numpy()
                turn = np.cumsum(np.r_[True, item[2][:-1] == 2]) - 1
                for t, kind in enumerate(item[1]):
                    score[kind][0] += 1
                    score[kind][1] += bool(right[(turn == t) & item[3]].all())
        return score


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('out', type=Path)
    parser.add_argument('--minutes', type=float, nargs=3, required=True)
    parser.add_argument('--start', help='a checkpoint to go on from')
    parser.add_argument('--first', choices=('encoder', 'align', 'together'), default='encoder')
    parser.add_argument('--batch', type=int, default=16, help='scenes of a step, for each process')
    parser.add_argument('--workers', type=int, default=2)
    parser.add_argument('--rates', type=float, nargs=3, default=(1e-3, 1e-3, 1e-3))
    parser.add_argument('--vision', type=float, default=0.35, help="the encoder's share of the rate while all learn together")
    parser.add_argument('--judgement', type=float, default=0.3, help="weight of the heads' loss while all learn together")
    parser.add_argument('--seed', type=int, default=7)
    parser.add_argument('--name', help='shown by ps')
    options = parser.parse_args()

    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    vocabulary = Vocabulary()
    shape = Shape(vocabulary=len(vocabulary))
    torch.manual_seed(options.seed)
    model, heads = MobileVlm(shape), Heads(shape)
    if options.start:
        state = torch.load(options.start, weights_only=True)
        model.load_state_dict(state['model'])
        heads.load_state_dict(state['heads'], strict=False)
    else:
        some = next(Examples(vocabulary, options.seed).pictures(1500))
        model.vision.learn_whitening(normalise(some['pixels']))
    team = Team(options.workers, sum(p.numel() for module in (model, heads) for p in module.parameters()))
    others = [multiprocessing.get_context('fork').Process(target=work, args=(rank, team, options, vocabulary, shape, model, heads), daemon=True)
              for rank in range(1, options.workers)]
    for other in others:
        other.start()
    work(0, team, options, vocabulary, shape, model, heads)
    for other in others:
        other.join()


def work(rank, team, options, vocabulary, shape, model, heads):
    torch.set_num_threads(1)
    torch.manual_seed(options.seed + rank)
    torch._dynamo.config.cache_size_limit = 32
    whiten, centre = model.vision.whiten.clone(), model.vision.centre.clone()
    model, heads = model.bfloat16(), heads.bfloat16()
    model.vision.whiten, model.vision.centre = whiten, centre  # stay in float32: small differences of large values
    prefix = torch.tensor(vocabulary.prefix())
    examples = Examples(vocabulary, (options.seed, rank))
    # Two processes test, each on its own scenes: with training's fonts, and with those that were held out.
    evaluation = (Evaluation(vocabulary, 250, rank == 1, 1 + rank)) if rank < 2 else None
    log = open(options.out / 'log.jsonl', 'a')

    def say(**entry):
        line = json.dumps({'clock': time.strftime('%H:%M:%S'), **entry})
        print(line, flush=True)
        log.write(line + '\n')
        log.flush()

    @torch.compile(dynamic=False)
    def encode(pixels):
        return model.vision(normalise(pixels))

    @torch.compile(dynamic=False)
    def encode_and_judge(pixels, captions):
        features = model.vision(normalise(pixels))
        return features, heads(features, captions)

    @torch.compile(dynamic=False)
    def speak(features, ids):
        """What predicts the text; how the watched heads look at the picture from the text, [batch, tokens, image tokens]; what came of it."""
        hidden, between = model.hidden(features, prefix, ids)
        text = ids.shape[1]
        gaze = [between[block][1][:, head, -text:, len(prefix):len(prefix) + CELLS * CELLS] for block, head in (FINDS, READS)]
        return hidden[:, -text - 1:-1], gaze, [between[FINDS[0] + i][0][:, -text:] for i in range(2)]

    def judged(out, batch):
        loss, right = losses(out, shape.grid, batch['things'], batch['text'], batch['letters'], batch['known'], batch['captions'], heads.temperature)
        return sum(loss.values()), loss, right

    # One token of an answer is the word on the sign or a number, dozens are what any scene is described with.
    weights = torch.ones(len(vocabulary))
    weights[[vocabulary.ids['\u2581' + number] for number in NUMBERS]] = 4
    weights[[vocabulary.ids['\u2581' + answer] for answer in ('Yes', 'No')]] = 2
    weights[[vocabulary.encode(word)[0] for word in scenes.WORDS if len(word) > 3] + [vocabulary.ids[digit] for digit in '0123456789']] = 4

    def spoken(features, batch):
        hidden, gaze, after = speak(features, batch['ids'])
        logits = model.language.logits(hidden[batch['answers']])
        loss, parts = F.cross_entropy(logits.float(), batch['ids'][batch['answers']], weights), {}
        parts['loss.answers'] = loss
        for i, name in enumerate(('finds', 'reads')):
            where = batch['looks'][..., i]
            there = (where[where > 0][:, None] >> torch.arange(CELLS * CELLS)) & 1
            seen = (gaze[i][where > 0].float() * there).sum(1)
            looked = max(1, len(seen))
            parts[name] = seen.sum() / looked
            loss = loss - 0.15 * (seen + 1e-3).log().sum() / looked
        one, some = batch['looks'][..., 2] >= 0, batch['looks'][..., 3] >= 0
        rows = batch['things'][torch.nonzero(one)[:, 0], batch['looks'][..., 2][one]]
        understood, right = named(heads, after[0][one], after[1][some], rows, batch['looks'][..., 3][some])
        return loss + 0.1 * understood, {**parts, **right}

    def forward(stage, pixels, batch):
        """The loss of a batch, and what of it is logged."""
        if stage == 'encoder':
            loss, parts, right = judged(encode_and_judge(pixels, batch['captions'])[1], batch)
            return loss, {**{'loss.' + k: v for k, v in parts.items()}, **right}
        if stage == 'align':
            with torch.no_grad():
                features = encode(pixels)
            return spoken(features, batch)
        features, out = encode_and_judge(pixels, batch['captions'])
        judgement, _, right = judged(out, batch)
        answers, parts = spoken(features, batch)
        return answers + options.judgement * judgement, {**parts, 'loss.heads': judgement, **right}

    def compile_all(stage, batch):
        """Runs each shape once; the first process compiles, the others find the code in the compiler's cache."""
        for turn in range(options.workers):
            if turn == rank:
                for bucket in BUCKETS if stage != 'encoder' else BUCKETS[:1]:
                    dummy = {**batch, 'ids': torch.full((options.batch, bucket), 300), 'answers': torch.ones(options.batch, bucket, dtype=torch.bool),
                             'looks': torch.tensor((1, 1, -1, 1)).expand(options.batch, bucket, 4)}
                    forward(stage, jitter(batch['pixels']), dummy)[0].backward()
                for p in (*model.parameters(), *heads.parameters()):
                    p.grad = None
            team.barrier.wait()

    stages = ('encoder', 'align', 'together')
    for index in range(stages.index(options.first), 3):
        stage, budget = stages[index], 60 * options.minutes[index]
        if budget == 0:
            continue
        batches = examples.pictures(options.batch) if stage == 'encoder' else examples.conversations(options.batch)
        modules, scales = {'encoder': ((model.vision, heads), (1, 1)), 'align': ((model.projector, model.language, heads), (1, 1, 1)),
                           'together': ((model.vision, heads, model.projector, model.language), (options.vision, options.vision, 1.5, 1.5))}[stage]
        start = time.time()
        compile_all(stage, next(batches))
        trainer = Trainer(team, rank, modules, scales, 0.998)
        seen, last_log, next_test, progress = 0, time.time(), 480 / budget, 0.0
        sums, steps = defaultdict(float), 0

        def save(name):
            trainer.load(trainer.average)
            torch.save({'model': {k: v.float() for k, v in model.state_dict().items()}, 'heads': {k: v.float() for k, v in heads.state_dict().items()},
                        'shape': shape.as_dict(), 'stage': stage, 'steps': trainer.steps, 'scenes': seen}, options.out / name)

        def test():
            trainer.load(trainer.average)
            if stage != 'encoder' and evaluation:
                score = evaluation.run(model, prefix)
                say(stage=stage, test=('usual', 'held-out fonts')[rank], seen=seen,
                    right={k: round(r / a, 3) for k, (a, r) in sorted(score.items())})
            if rank == 0:
                save(f'{stage}.pt')
            trainer.load(trainer.master)

        for batch in batches:
            if progress >= 1:
                break
            warm = min(1, trainer.steps / 30)
            low = {'encoder': 0.1, 'align': 0.5, 'together': 0.0}[stage]
            rate = options.rates[index] * warm * (low + (1 - low) * 0.5 * (1 + math.cos(math.pi * progress)))
            pixels = jitter(batch['pixels'])
            loss, entries = forward(stage, pixels, batch)
            loss.backward()
            norm, progress = trainer.step(rate, (time.time() - start) / budget)
            seen += options.batch * options.workers
            steps += 1
            for k, v in {**entries, 'norm': norm}.items():
                v = float(v.detach()) if torch.is_tensor(v) else v
                sums[k] += 0 if math.isnan(v) else v
            if rank == 0 and time.time() - last_log > 30:
                say(stage=stage, progress=round(progress, 3), step=trainer.steps, seen=seen, rate=round(rate, 6),
                    per_second=round(steps * options.batch * options.workers / (time.time() - last_log), 1), **{k: round(v / steps, 4) for k, v in sums.items()})
                sums.clear()
                steps, last_log = 0, time.time()
            if progress > next_test:
                test()
                next_test += 480 / budget
        test()
        trainer.load(trainer.average)
        if rank == 0:
            say(stage=stage, done=True, seen=seen, steps=trainer.steps)


if __name__ == '__main__':
    main()
