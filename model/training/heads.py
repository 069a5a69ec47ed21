"""What the image encoder learns from, and mvlm never sees: captions (contrastively, as CLIP), and what stands where in the picture."""

import torch
import torch.nn.functional as F
from torch import nn

from examples import BLANK, CHARACTERS, NUMBER
from net import Shape, VisionBlock


class Heads(nn.Module):
    def __init__(self, shape: Shape, width=128):
        super().__init__()
        d, self.grid = shape.vision_width, shape.grid
        self.norm = nn.LayerNorm(d)
        self.patch = nn.Linear(d, 7 + 7)  # no object or its shape; its colour
        self.cell = nn.Linear(d, 1 + 6 + 7 + 2 + 2)  # of 2 x 2 patches: whether a centre is there; shape, colour, size, place
        # For each half of a patch: the character whose centre is there, and its place in the text.
        self.letter = nn.Linear(d, 2 * (BLANK + 1 + 6))
        # In each cell with a letter, what the whole sign says: the language model then reads it from any of them.
        self.sign = nn.Linear(d, NUMBER + 1 + 3 * 11)
        # Of a word of a question, as the language model has it: the place, shape, colour and size of the one thing that it names, and how many it names.
        self.thing = nn.Linear(shape.width, 2 + 6 + 7 + 2)
        self.count = nn.Linear(shape.width, 7)
        self.queries = nn.Parameter(torch.randn(7, d) * 0.1)
        self.keys = nn.Linear(d, d)
        self.values = nn.Linear(d, d)
        self.word = nn.Linear(d, NUMBER + 1)
        self.character = nn.Linear(d, len(CHARACTERS) + 1)
        self.known = nn.Linear(d, 1)
        self.picture = nn.Linear(d, width)
        self.embed = nn.Embedding(shape.vocabulary, width)
        self.place = nn.Parameter(torch.randn(48, width) * 0.1)
        self.block = VisionBlock(width, 2, 4 * width)
        self.caption = nn.Linear(width, width)
        self.temperature = nn.Parameter(torch.tensor(2.5))

    def forward(self, features, captions):
        """Raw outputs for encoder features [batch, 1 + grid², d] and caption ids [batch, 48]."""
        x = self.norm(features)
        b, d, g = x.shape[0], x.shape[2], self.grid
        patches = x[:, 1:]
        cells = patches.reshape(b, g // 2, 2, g // 2, 2, d).mean((2, 4)).reshape(b, -1, d)
        scores = self.queries @ self.keys(patches).transpose(1, 2) * d ** -0.5
        read = scores.softmax(-1) @ self.values(patches)
        there = (captions > 0).to(x.dtype)[..., None]
        words = self.block(self.embed(captions) + self.place)
        words = (words * there).sum(1) / there.sum(1)
        return (self.patch(patches), self.cell(cells), self.letter(patches).unflatten(-1, (2, -1)), self.sign(cells), self.word(read[:, 0]),
                self.character(read[:, 1:]), self.known(patches.mean(1))[:, 0],
                F.normalize(self.picture(x[:, 0]), dim=-1), F.normalize(self.caption(words), dim=-1))


def targets_of(things, grid):
    """Labels of patches and cells: shape (-1: none) and colour [batch, grid²]; for cells [batch, (grid/2)², 6] of -1 or a thing's row."""
    b, cells = things.shape[0], grid // 2
    there = things[..., 0] >= 0
    at = (torch.arange(grid) + 0.5) / grid
    dx = at[None, None, None, :] - things[..., 3, None, None]
    dy = at[None, None, :, None] - things[..., 4, None, None]
    inside = (dx * dx + dy * dy < (things[..., 5, None, None] / 2) ** 2) & there[..., None, None]
    thing = torch.where(inside.any(1), inside.int().argmax(1), -1).flatten(1)
    rows = torch.gather(things, 1, thing.clamp(min=0)[..., None].expand(-1, -1, 6))
    shape = torch.where(thing >= 0, rows[..., 0], -1).long()
    colour = torch.where(thing >= 0, rows[..., 1], -1).long()
    grid_cells = torch.full((b, cells * cells, 6), -1.0)
    index = (things[..., 4] * cells).long().clamp(0, cells - 1) * cells + (things[..., 3] * cells).long().clamp(0, cells - 1)
    batch = torch.arange(b)[:, None].expand_as(index)
    grid_cells[batch[there], index[there]] = things[there]
    return shape, colour, grid_cells


def losses(out, grid, things, text, letters, known, captions, temperature):
    """The loss of each head, and shares of right labels, both by name."""
    patch, cell, letter, sign, word, character, knows, picture, caption = (o.float() for o in out)
    shape, colour, cells = targets_of(things, grid)
    on = shape >= 0
    there = cells[..., 0] >= 0
    loss, right = {}, {}
    loss['patch'] = F.cross_entropy(patch[..., :7].flatten(0, 1), (shape + 1).flatten()) + F.cross_entropy(patch[on][:, 7:], colour[on])
    found, rows = cell[there], cells[there]
    loss['centre'] = 12 * F.binary_cross_entropy_with_logits(cell[..., 0], there.float())
    loss['shape'] = 2 * F.cross_entropy(found[:, 1:7], rows[:, 0].long())
    loss['colour'] = F.cross_entropy(found[:, 7:14], rows[:, 1].long())
    loss['size'] = F.cross_entropy(found[:, 14:16], rows[:, 2].long())
    # Places are those in the whole picture, of the thing or else of the cell: the language model compares them.
    at = (torch.arange(grid // 2) + 0.5) / (grid // 2)
    places = torch.stack((at.repeat(grid // 2), at.repeat_interleave(grid // 2)), -1).expand(len(cells), -1, -1)
    loss['place'] = 6 * F.l1_loss(cell[..., 16:], torch.where(there[..., None], cells[..., 3:5], places))
    signs = text[:, 0] >= 0
    on = letters[..., 0] >= 0
    weight = torch.ones(BLANK + 1)
    weight[BLANK] = 0.01
    loss['letter'] = 2 * F.cross_entropy(letter[..., :BLANK + 1].flatten(0, 2), torch.where(on, letters[..., 0], BLANK).flatten(), weight)
    loss['order'] = F.cross_entropy(letter[on][:, BLANK + 1:], letters[on][:, 1])
    written = on.any(-1).view(-1, grid // 2, 2, grid // 2, 2).any(-1).any(2).flatten(1)
    texts = text[:, None].expand(-1, written.shape[1], -1)[written]
    wordy, digits = texts[:, 0] < NUMBER, torch.where(texts[:, 1:4] == BLANK, 10, texts[:, 1:4])
    loss['sign'] = F.cross_entropy(sign[written][:, :NUMBER + 1], texts[:, 0]) + \
        F.cross_entropy(sign[written][~wordy][:, NUMBER + 1:].unflatten(1, (3, 11)).flatten(0, 1), digits[~wordy].flatten())
    loss['word'] = F.cross_entropy(word[signs], text[signs, 0])
    loss['letters'] = F.cross_entropy(character[signs].flatten(0, 1), text[signs, 1:].flatten())
    loss['known'] = F.binary_cross_entropy_with_logits(knows, known.float())
    same = (captions[:, None] == captions[None]).all(-1).float()
    same = same / same.sum(1, keepdim=True)
    logits = picture @ caption.T * temperature.float().exp()
    loss['contrast'] = 0.25 * (F.cross_entropy(logits, same) + F.cross_entropy(logits.T, same))
    with torch.no_grad():
        right['shape'] = (found[:, 1:7].argmax(1) == rows[:, 0]).float().mean()
        right['colour'] = (found[:, 7:14].argmax(1) == rows[:, 1]).float().mean()
        right['size'] = (found[:, 14:16].argmax(1) == rows[:, 2]).float().mean()
        right['centres'] = ((cell[..., 0] > 0) == there).all(1).float().mean()
        words = signs & (text[:, 0] < NUMBER)
        right['letter'] = (letter[on][:, :BLANK + 1].argmax(1) == letters[on][:, 0]).float().mean()
        right['sign'] = (sign[written][wordy][:, :NUMBER].argmax(1) == texts[wordy, 0]).float().mean()
        right['word'] = (word[words].argmax(1) == text[words, 0]).float().mean()
        right['text'] = (character[signs].argmax(-1) == text[signs, 1:]).all(1).float().mean()
        right['known'] = ((knows > 0) == known).float().mean()
        right['caption'] = (same.gather(1, logits.argmax(1, keepdim=True)) > 0).float().mean()
    return loss, right


def named(heads, found, counted, rows, counts):
    """The loss of what words of a question stand for, and the share of right counts.

    @param found, counted hidden states [words, width] of words that name one thing, and of all that name things
    @param rows, counts the things [words, 6], and how many there are
    """
    width = found.shape[-1:]
    said, amount = heads.thing(F.rms_norm(found, width)).float(), heads.count(F.rms_norm(counted, width)).float()
    one, some = max(1, len(rows)), max(1, len(counts))  # a batch of signs may name nothing
    loss = 6 * F.l1_loss(said[:, :2], rows[:, 3:5], reduction='sum') / (2 * one)
    for first, last, field in ((2, 8, 0), (8, 15, 1), (15, 17, 2)):
        loss = loss + F.cross_entropy(said[:, first:last], rows[:, field].long(), reduction='sum') / one
    loss = loss + 3 * F.cross_entropy(amount, counts, reduction='sum') / some
    return loss, {'place': (said[:, :2] - rows[:, 3:5]).abs().sum() / (2 * one), 'count': (amount.argmax(1) == counts).sum() / some}
