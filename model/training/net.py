"""The network that mvlm runs: CLIP's vision transformer, LDPv2, LLaMA (see the model card for sizes and sources)."""

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True)
class Shape:
    """Sizes of both parts. Widths are multiples of 32, the block of q8_0."""
    image: int = 96
    patch: int = 8
    vision_width: int = 192
    vision_blocks: int = 6
    vision_heads: int = 3
    vision_hidden: int = 768
    vocabulary: int = 1024
    width: int = 256
    blocks: int = 5
    heads: int = 4
    hidden: int = 704
    context: int = 1024

    @property
    def grid(self):
        return self.image // self.patch

    @property
    def image_tokens(self):
        return (self.grid // 2) ** 2

    def as_dict(self):
        return asdict(self)


MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


def init(module, branch_scale):
    for name, parameter in module.named_parameters():
        if parameter.dim() == 2:
            nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5 * (branch_scale if name.split('.')[-2] in ('out', 'fc2', 'down') else 1))


def attend(q, k, v, mask=None):
    """Softmax attention, written out: several times faster on a CPU, forth and back, than the fused kernel at these sizes. Returns its weights too."""
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    if mask is not None:
        scores = scores + mask
    weights = scores.softmax(-1)
    return weights @ v, weights


class VisionBlock(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.ln1 = nn.LayerNorm(width, eps=1e-5)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.ln2 = nn.LayerNorm(width, eps=1e-5)
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(self.ln1(x)).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        y, _ = attend(q, k, v)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, d))
        return x + self.fc2(F.gelu(self.fc1(self.ln2(x))))


class Vision(nn.Module):
    """[batch, 3, S, S] in -> [batch, 1 + grid², d], the class token first. No norm at the end, as in LLaVA's use of CLIP.

    Training sees patches whitened: in plain pictures their mean colour has hundreds of times the variance of any edge, and edges are learnt
    late. Whitening is linear, and part of the patch embedding and the positions when the model is written to a file (folded).
    """

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        d, p = shape.vision_width, shape.patch
        self.patch = nn.Linear(3 * p * p, d, bias=False)
        nn.init.normal_(self.patch.weight, std=(3 * p * p) ** -0.5)
        self.register_buffer('whiten', torch.eye(3 * p * p))
        self.register_buffer('centre', torch.zeros(3 * p * p))
        self.cls = nn.Parameter(torch.randn(d) * 0.02)
        self.position = nn.Parameter(torch.randn(1 + shape.grid ** 2, d) * 0.1)
        self.pre_ln = nn.LayerNorm(d, eps=1e-5)
        self.blocks = nn.ModuleList(VisionBlock(d, shape.vision_heads, shape.vision_hidden) for _ in range(shape.vision_blocks))
        for block in self.blocks:
            init(block, (2 * shape.vision_blocks) ** -0.5)

    def patches(self, pixels):
        b = pixels.shape[0]
        g, p = self.shape.grid, self.shape.patch
        return pixels.view(b, 3, g, p, g, p).permute(0, 2, 4, 1, 3, 5).reshape(b, g * g, 3 * p * p)

    def learn_whitening(self, pixels, eps=0.02):
        """Sets the whitening by the principal components of the patches of some pictures. @param eps variance that counts as noise"""
        patches = self.patches(pixels).flatten(0, 1)
        values, vectors = torch.linalg.eigh(torch.cov(patches.T))
        self.whiten.copy_(vectors / (values.clamp(min=0) + eps).sqrt())
        self.centre.copy_(patches.mean(0))

    def folded(self):
        """Patch weights [d, 3, p, p] and positions for patches as they are."""
        weight = self.patch.weight @ self.whiten.T
        position = self.position.clone()
        position[1:] -= weight @ self.centre
        return weight.view(-1, 3, self.shape.patch, self.shape.patch), position

    def forward(self, pixels):
        b = pixels.shape[0]
        x = self.patch(((self.patches(pixels) - self.centre) @ self.whiten).to(self.patch.weight.dtype))
        x = torch.cat([self.cls.to(x.dtype).expand(b, 1, -1), x], 1) + self.position
        x = self.pre_ln(x)
        for block in self.blocks:
            x = block(x)
        return x


class Projector(nn.Module):
    """LDPv2: [batch, grid², d] -> [batch, (grid/2)², width]."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.grid = shape.grid
        self.fc1 = nn.Linear(shape.vision_width, shape.width)
        self.fc2 = nn.Linear(shape.width, shape.width)
        self.peg = nn.Conv2d(shape.width, shape.width, 3, padding=1, groups=shape.width)
        init(self, 1)

    def forward(self, x):
        b = x.shape[0]
        x = self.fc2(F.gelu(self.fc1(x)))
        g, d = self.grid, x.shape[-1]
        x = x.view(b, g // 2, 2, g // 2, 2, d).mean((2, 4)).permute(0, 3, 1, 2)
        x = x + self.peg(x)
        return x.flatten(2).transpose(1, 2)


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return F.rms_norm(x, (x.shape[-1],), self.weight, 1e-5)


def rotate(x, cos, sin):
    """Rotary positions on adjacent pairs, x [batch, heads, time, size], cos and sin [time, size / 2]."""
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2)


class LanguageBlock(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.attn_norm = RmsNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.ffn_norm = RmsNorm(width)
        self.gate_up = nn.Linear(width, 2 * hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x, cos, sin, mask):
        b, t, d = x.shape
        q, k, v = self.qkv(self.attn_norm(x)).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        y, weights = attend(rotate(q, cos, sin), rotate(k, cos, sin), v, mask)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, d))
        gate, up = self.gate_up(self.ffn_norm(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up), weights


class Language(nn.Module):
    """LLaMA on embeddings: [batch, time, width] -> the same, normed, and each block's output and attention; logits by the tied embedding."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.embed = nn.Embedding(shape.vocabulary, shape.width)
        nn.init.normal_(self.embed.weight, std=0.05)
        self.blocks = nn.ModuleList(LanguageBlock(shape.width, shape.heads, shape.hidden) for _ in range(shape.blocks))
        for block in self.blocks:
            init(block, (2 * shape.blocks) ** -0.5)
        self.norm = RmsNorm(shape.width)
        size = shape.width // shape.heads
        angles = torch.arange(shape.context)[:, None] * 10000 ** (-torch.arange(0, size, 2) / size)
        self.register_buffer('cos', angles.cos(), persistent=False)
        self.register_buffer('sin', angles.sin(), persistent=False)

    def forward(self, x):
        t = x.shape[1]
        cos, sin = self.cos[:t].to(x.dtype), self.sin[:t].to(x.dtype)
        mask = torch.full((t, t), float('-inf'), dtype=x.dtype).triu(1)
        between = []
        for block in self.blocks:
            x, weights = block(x, cos, sin, mask)
            between.append((x, weights))
        return self.norm(x), between

    def logits(self, hidden):
        return F.linear(hidden, self.embed.weight)


class MobileVlm(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.vision = Vision(shape)
        self.projector = Projector(shape)
        self.language = Language(shape)

    def hidden(self, features, prefix, text):
        """Hidden states after [prefix ids, picture, text ids], and each block's output and attention. @param features of the vision part, class token included"""
        picture = self.projector(features[:, 1:])
        b = picture.shape[0]
        x = torch.cat([self.language.embed(prefix).expand(b, -1, -1), picture, self.language.embed(text)], 1)
        return self.language(x)

    def reading(self, features, prefix, text):
        """The hidden states that predict the text, [batch, tokens, width]."""
        return self.hidden(features, prefix, text)[0][:, -text.shape[1] - 1:-1]


def normalise(pixels):
    """Levels of 0 to 255, [batch, S, S, 3] -> [batch, 3, S, S]."""
    x = pixels.permute(0, 3, 1, 2).to(torch.float32) / 255
    mean, std = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(STD).view(1, 3, 1, 1)
    return ((x - mean) / std).contiguous()
