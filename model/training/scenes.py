"""Scenes of docs/demo-scenes.md: sampled, and drawn as arrays of 96 x 96 pixels. Lengths are fractions of the picture's width."""

import io
import math
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIDE = 96
CANVAS = 384
SHAPES = ('circle', 'square', 'triangle', 'star', 'cross', 'ring')
COLOURS = {
    'red': ((190, 240), (15, 60), (15, 60)),
    'green': ((15, 80), (130, 185), (30, 90)),
    'blue': ((15, 70), (60, 120), (180, 245)),
    'yellow': ((235, 255), (200, 235), (0, 60)),
    'orange': ((235, 255), (115, 150), (0, 45)),
    'purple': ((115, 165), (20, 75), (140, 200)),
    'black': ((0, 40), 8, 8),
}
COLOUR_NAMES = tuple(COLOURS)
BACKGROUNDS = (
    ((245, 255), (245, 255), (245, 255)),
    ((218, 238), 3, 3),
    ((205, 225), (222, 238), (240, 255)),
    ((248, 255), (243, 252), (205, 225)),
    ((250, 255), (218, 235), (222, 238)),
    ((212, 228), (240, 252), (212, 228)),
)
SIZES = {'small': (0.13, 0.17), 'large': (0.24, 0.30)}
MARGIN = 0.02
GAP = 0.04
WORDS = tuple((Path(__file__).parent / 'words.txt').read_text().split())
HELD_OUT_FONTS = ('OpenSans', 'CharisSIL', 'JetBrainsMono')


@dataclass
class Thing:
    """An object: centre (x, y) and diameter of the circle around it."""
    shape: str
    colour: str
    size: str
    x: float
    y: float
    diameter: float

    def phrase(self):
        return f'{self.size} {self.colour} {self.shape}'


@dataclass
class Scene:
    """What a picture shows. @param text the sign's, in lower case, or None; known: whether it is a scene of the grammar at all"""
    things: list = field(default_factory=list)
    text: str | None = None
    known: bool = True
    letters: list = field(default_factory=list)  # where they are on the sign: (x, y)


def colour_of(rng, ranges):
    out = []
    for r in ranges:
        if isinstance(r, int):
            out.append(int(np.clip(out[0] + rng.integers(-r, r + 1), 0, 255)))
        else:
            out.append(int(rng.integers(r[0], r[1] + 1)))
    return tuple(out)


# Fonts

LEFT_OUT = ('italic', 'oblique', 'thin', 'hairline', 'extralight', 'light', 'black', 'heavy', 'extrabold', 'smallcaps', 'mathtex', 'tamil',
            '[wght]', 'd050000l', 'standardsymbols', 'linbiolinum_k', 'bdita', 'display', '_ri', '_rbi', '_rzi', '_i.', 'basi.', 'basbi.',
            '56f', '76f', 'noto', 'condlight', 'retina')
NOTO = ('NotoSans-Regular.ttf', 'NotoSans-Bold.ttf', 'NotoSerif-Regular.ttf', 'NotoSerif-Bold.ttf', 'NotoSansMono-Regular.ttf',
        'NotoSansMono-Bold.ttf')


@lru_cache
def fonts(held_out: bool):
    """Paths of the system's upright fonts, regular and bold; those held out for evaluation, or the others."""
    found = {}
    for folder, _, files in os.walk('/usr/share/fonts'):
        for name in files:
            low = name.lower()
            if not low.endswith(('.ttf', '.otf')) or name not in NOTO and any(part in low for part in LEFT_OUT):
                continue
            if any(name.startswith(font) for font in HELD_OUT_FONTS) == held_out:
                found.setdefault(name.rsplit('.', 1)[0], os.path.join(folder, name))
    return tuple(sorted(found.values()))


@lru_cache(maxsize=4096)
def cap_ratio(path):
    """The height of the letter H in a font of size 1."""
    box = ImageFont.truetype(path, 200, layout_engine=ImageFont.Layout.BASIC).getbbox('H', anchor='ls')
    return -box[1] / 200


@lru_cache(maxsize=512)
def font(path, size):
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


# Sampling

@dataclass
class Sign:
    """Where a sign is, and how it is drawn. @param box left, top, right, bottom; written: the text as it is written"""
    box: tuple
    written: str
    path: str
    cap: float
    fill: tuple
    border: float
    border_colour: tuple
    ink: tuple
    radius: float


def sample_text(rng):
    """The text in lower case, and as it is written."""
    if rng.random() < 0.35:
        digits = rng.choice(3, p=(0.15, 0.35, 0.5)) + 1
        number = str(rng.integers(0 if digits == 1 else 10 ** (digits - 1), 10 ** digits))
        return number, number
    word = WORDS[rng.integers(len(WORDS))]
    return word, (word, word.capitalize(), word.upper())[rng.integers(3)]


def sample_sign(rng, held_out):
    text, written = sample_text(rng)
    choice = fonts(held_out)
    path = choice[rng.integers(len(choice))]
    cap = rng.uniform(0.11, 0.17)
    size = cap / cap_ratio(path)
    left, top, right, bottom = font(path, 200).getbbox(written, anchor='ls')
    width, above, below = (right - left) / 200, -top / 200, bottom / 200
    border = rng.uniform(0.008, 0.016)
    pad_x = border + rng.uniform(0.02, 0.08)
    pad_y = border + rng.uniform(0.02, 0.07)
    room = 1 - 2 * MARGIN
    if width * size + 2 * pad_x > room:
        pad_x = border + 0.02
        if width * size + 2 * pad_x > room:
            size = (room - 2 * pad_x) / width
            cap = size * cap_ratio(path)
            if cap < 0.10:
                return sample_sign(rng, held_out)
    w = width * size + 2 * pad_x
    h = max((above + below) * size, cap) + 2 * pad_y
    x, y = rng.uniform(MARGIN, max(MARGIN, 1 - MARGIN - w)), rng.uniform(MARGIN, max(MARGIN, 1 - MARGIN - h))
    dark = tuple(int(v) for v in rng.integers(0, 61, 3)) if rng.random() < 0.5 else (int(rng.integers(0, 30)),) * 3
    return text, Sign((x, y, x + w, y + h), written, path, cap, tuple(int(v) for v in rng.integers(245, 256, 3)), border,
                      tuple(int(v) for v in rng.integers(0, 71, 3)) if rng.random() < 0.5 else (int(rng.integers(0, 60)),) * 3, dark,
                      rng.uniform(0, 0.03) if rng.random() < 0.4 else 0)


def place(rng, count, sign):
    """Things at free places, or None where there was no room after many tries."""
    things = []
    # Similar things in one scene make counting and comparing worth asking.
    shapes = rng.choice(6, rng.integers(1, 7), replace=False) if rng.random() < 0.5 else np.arange(6)
    colours = rng.choice(7, rng.integers(1, 8), replace=False) if rng.random() < 0.5 else np.arange(7)
    for _ in range(count):
        size = 'small' if rng.random() < 0.5 else 'large'
        diameter = rng.uniform(*SIZES[size])
        r = diameter / 2
        for _ in range(40):
            x, y = rng.uniform(MARGIN + r, 1 - MARGIN - r, 2)
            if any(math.hypot(x - t.x, y - t.y) < r + t.diameter / 2 + GAP for t in things):
                continue
            if sign is not None:
                left, top, right, bottom = sign.box
                if math.hypot(x - min(max(x, left), right), y - min(max(y, top), bottom)) < r + GAP:
                    continue
            break
        else:
            return None
        things.append(Thing(SHAPES[rng.choice(shapes)], COLOUR_NAMES[rng.choice(colours)], size, x, y, diameter))
    return things


def sample(rng, held_out=False, kind=None):
    """A scene and its picture, uint8 [96, 96, 3]. @param kind things, sign, both or unknown; None for the shares of training"""
    kind = kind or ('things', 'sign', 'both', 'unknown')[rng.choice(4, p=(0.45, 0.22, 0.25, 0.08))]
    if kind == 'unknown':
        return Scene(known=False), unknown(rng)
    count = {'things': 1 + int(rng.choice(6, p=(0.13, 0.15, 0.17, 0.18, 0.18, 0.19))), 'sign': 0, 'both': int(rng.integers(1, 4))}[kind]
    while True:
        text, sign = sample_sign(rng, held_out) if kind != 'things' else (None, None)
        things = place(rng, count, sign)
        if things is not None:
            return Scene(things, text, letters=[] if sign is None else centres(sign)), draw(rng, things, sign)


# Drawing

def corners(rng, thing):
    """Polygons of a shape around the origin, for diameter 2: the outer one, in order."""
    if thing.shape == 'square':
        s = rng.uniform(0.80, 0.90)
        return [(-s, -s), (s, -s), (s, s), (-s, s)]
    if thing.shape == 'triangle':
        return [(math.sin(a), -math.cos(a)) for a in (0, 2 * math.pi / 3, 4 * math.pi / 3)]
    if thing.shape == 'star':
        inner = rng.uniform(0.38, 0.45)
        return [((1, inner)[i % 2] * math.sin(i * math.pi / 5), -(1, inner)[i % 2] * math.cos(i * math.pi / 5)) for i in range(10)]
    t = rng.uniform(0.28, 0.36)
    return [(-t, -1), (t, -1), (t, -t), (1, -t), (1, t), (t, t), (t, 1), (-t, 1), (-t, t), (-1, t), (-1, -t), (-t, -t)]


def draw_thing(rng, image, pen, thing, background):
    n = CANVAS
    x, y, r = thing.x * n, thing.y * n, thing.diameter * n / 2
    fill = colour_of(rng, COLOURS[thing.colour])
    dark = rng.uniform(0.4, 0.7)
    edge = tuple(int(c * dark) for c in fill)
    line = rng.uniform(0.006, 0.015) * n if rng.random() < 0.35 else 0
    if thing.shape in ('circle', 'ring'):
        hole = r * rng.uniform(0.50, 0.64)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=edge if line else fill)
        if line:
            pen.ellipse((x - r + line, y - r + line, x + r - line, y + r - line), fill=fill)
        if thing.shape == 'ring':
            if line:
                pen.ellipse((x - hole - line, y - hole - line, x + hole + line, y + hole + line), fill=edge)
            pen.ellipse((x - hole, y - hole, x + hole, y + hole), fill=background)
        return
    a = math.radians(rng.uniform(-10, 10))
    ca, sa = math.cos(a), math.sin(a)
    points = [(x + r * (px * ca - py * sa), y + r * (px * sa + py * ca)) for px, py in corners(rng, thing)]
    if not line:
        pen.polygon(points, fill=fill)
        return
    # The outline is drawn inwards: a wide pen along the edge, seen through the shape itself.
    box = (int(x - r) - 1, int(y - r) - 1, int(x + r) + 2, int(y + r) + 2)
    local = [(px - box[0], py - box[1]) for px, py in points]
    mask = Image.new('L', (box[2] - box[0], box[3] - box[1]))
    ImageDraw.Draw(mask).polygon(local, fill=255)
    patch = Image.new('RGB', mask.size, fill)
    ImageDraw.Draw(patch).line(local + local[:2], fill=edge, width=max(2, round(2 * line)), joint='curve')
    image.paste(patch, box[:2], mask)


def centres(sign):
    """Centres of the letters, half of a capital's height above the line."""
    scale = sign.cap / cap_ratio(sign.path) / 200
    face = font(sign.path, 200)
    l, t, r, b = face.getbbox(sign.written, anchor='ls')
    left, top, right, bottom = sign.box
    x, y = (left + right) / 2 - scale * (l + r) / 2, (top + bottom) / 2 - scale * (t + b) / 2 - sign.cap / 2
    edges = [scale * face.getlength(sign.written[:i]) for i in range(len(sign.written) + 1)]
    return [(x + (a + b) / 2, y) for a, b in zip(edges, edges[1:])]


def draw_sign(pen, sign, n):
    left, top, right, bottom = (v * n for v in sign.box)
    pen.rounded_rectangle((left, top, right - 1, bottom - 1), sign.radius * n, fill=sign.fill, outline=sign.border_colour,
                          width=max(1, round(sign.border * n)))
    face = font(sign.path, round(4 * sign.cap * n / cap_ratio(sign.path)) / 4)
    l, t, r, b = face.getbbox(sign.written, anchor='ls')
    pen.text(((left + right) / 2 - (l + r) / 2, (top + bottom) / 2 - (t + b) / 2), sign.written, font=face, fill=sign.ink, anchor='ls')


def draw(rng, things, sign):
    background = colour_of(rng, BACKGROUNDS[rng.integers(len(BACKGROUNDS))])
    image = Image.new('RGB', (CANVAS, CANVAS), background)
    pen = ImageDraw.Draw(image)
    for thing in things:
        draw_thing(rng, image, pen, thing, background)
    small = rng.random() < 0.5
    side = int(rng.integers(SIDE, 257)) if small else CANVAS
    if rng.random() < 0.3:
        side = SIDE if small else side
    native = sign is not None and small and rng.random() < 0.4  # text drawn at the final resolution, not reduced
    if sign is not None and not native:
        draw_sign(pen, sign, CANVAS)
    if side != CANVAS:
        image = image.resize((side, side), (Image.BOX, Image.BICUBIC, Image.LANCZOS, Image.BILINEAR)[rng.integers(4)])
    if native:
        draw_sign(ImageDraw.Draw(image), sign, side)
    if rng.random() < 0.15:
        image = jpeg(rng, image)
    return reduced(image)


def jpeg(rng, image):
    data = io.BytesIO()
    image.save(data, 'JPEG', quality=int(rng.integers(85, 97)))
    return Image.open(data).convert('RGB')


def reduced(image):
    return np.asarray(image if image.size == (SIDE, SIDE) else image.resize((SIDE, SIDE), Image.BICUBIC))


# What the model is not made for

def random_colour(rng):
    return tuple(int(v) for v in rng.integers(0, 256, 3))


def cloud(rng, side, roughness, channels=1):
    """Noise summed over octaves, [side, side, channels] in 0 to 1."""
    total = np.zeros((side, side, channels), np.float32)
    cells, weight = int(rng.integers(2, 6)), 1.0
    while cells <= side:
        for c in range(channels):
            noise = Image.fromarray(rng.random((cells, cells), dtype=np.float32))
            total[..., c] += weight * np.asarray(noise.resize((side, side), Image.BICUBIC))
        cells, weight = cells * 2, weight * roughness
    low, high = total.min(), total.max()
    return (total - low) / (high - low + 1e-6)


def heap(rng, side):
    image = Image.new('RGB', (side, side), random_colour(rng))
    pen = ImageDraw.Draw(image)
    base = rng.integers(0, 256, 3)
    spread = rng.integers(20, 128)
    for _ in range(int(rng.integers(25, 150))):
        fill = tuple(int(v) for v in np.clip(base + rng.normal(0, spread, 3), 0, 255))
        r = side * 0.5 * rng.random() ** 3 + 3
        x, y = rng.uniform(-0.1, 1.1, 2) * side
        what = rng.integers(3)
        if what == 0:
            pen.ellipse((x - r, y - r * rng.uniform(0.3, 1), x + r, y + r), fill=fill)
        elif what == 1:
            pen.rectangle((x - r, y - r * rng.uniform(0.3, 1), x + r, y + r), fill=fill)
        else:
            pen.polygon([(x + rng.normal(0, r), y + rng.normal(0, r)) for _ in range(int(rng.integers(3, 7)))], fill=fill)
    return image


def gradient(rng, side):
    y, x = np.mgrid[0:side, 0:side] / side
    a = rng.uniform(0, 2 * math.pi)
    t = x * math.cos(a) + y * math.sin(a) if rng.random() < 0.6 else np.hypot(x - rng.random(), y - rng.random())
    t = (t - t.min()) / (t.max() - t.min())
    stops = int(rng.integers(2, 5))
    colours = rng.integers(0, 256, (stops, 3))
    # Far apart colours: a faint gradient is a plain background.
    colours[-1] = (colours[0] + 128 + rng.integers(-60, 60, 3)) % 256
    return np.stack([np.interp(t, np.linspace(0, 1, stops), colours[:, c]) for c in range(3)], -1)


def waves(rng, side):
    y, x = np.mgrid[0:side, 0:side] / side
    a, f = rng.uniform(0, math.pi), rng.uniform(3, 20)
    t = np.sin(2 * math.pi * f * (x * math.cos(a) + y * math.sin(a)))
    if rng.random() < 0.5:
        t = t * np.sin(2 * math.pi * f * (y * math.cos(a) - x * math.sin(a)))
    if rng.random() < 0.5:
        t = np.sign(t)
    t = (t[..., None] + 1) / 2
    return np.array(random_colour(rng)) * t + np.array(random_colour(rng)) * (1 - t)


def scribble(rng, side):
    plain = rng.random() < 0.6
    image = Image.new('RGB', (side, side), colour_of(rng, BACKGROUNDS[rng.integers(6)]) if plain else random_colour(rng))
    pen = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(3, 15))):
        points = np.cumsum(rng.normal(0, side / 12, (int(rng.integers(10, 40)), 2)), 0) + rng.uniform(0.1, 0.9, 2) * side
        pen.line([tuple(p) for p in points], fill=random_colour(rng), width=int(rng.integers(1, 6)), joint='curve')
    return image


def photo(rng, side):
    """Layers of shaded, rough surfaces behind wavy horizons or inside random outlines."""
    out = cloud(rng, side, rng.uniform(0.2, 0.7)) * rng.integers(0, 256, 3) + cloud(rng, side, 0.5) * rng.integers(-60, 60, 3) + \
        rng.integers(0, 120, 3)
    y, x = np.mgrid[0:side, 0:side] / side
    for _ in range(int(rng.integers(1, 6))):
        surface = cloud(rng, side, rng.uniform(0.3, 0.9)) * rng.uniform(20, 150) + rng.integers(0, 200, 3)
        if rng.random() < 0.5:
            mask = y > rng.uniform(0.2, 0.9) + 0.15 * np.asarray(cloud(rng, side, rng.uniform(0.3, 0.6)))[side // 2, :, 0][None, :]
        else:
            mask = np.hypot((x - rng.random()) * rng.uniform(0.5, 2), y - rng.random()) < \
                rng.uniform(0.1, 0.3) + 0.1 * cloud(rng, side, 0.5)[..., 0]
        mask = np.asarray(Image.fromarray((mask * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(rng.uniform(0, 2))))[..., None] / 255
        out = out * (1 - mask) + surface * mask
    return out * rng.uniform(0.6, 1.1)


def unknown(rng):
    side = 128
    which = rng.choice(7, p=(0.12, 0.12, 0.2, 0.12, 0.1, 0.12, 0.22))
    if which == 0:
        cells = int(rng.integers(8, 129))
        image = Image.fromarray(rng.integers(0, 256, (cells, cells, 3), dtype=np.uint8)).resize((side, side), int(rng.integers(0, 4)))
    elif which == 1:
        image = cloud(rng, side, rng.uniform(0.3, 0.9), 3) * 255
    elif which == 2:
        image = heap(rng, side)
    elif which == 3:
        image = gradient(rng, side)
    elif which == 4:
        image = waves(rng, side)
    elif which == 5:
        image = scribble(rng, side)
    else:
        image = photo(rng, side)
    if not isinstance(image, Image.Image):
        image = Image.fromarray(np.clip(image + rng.normal(0, rng.uniform(0, 12), (side, side, 1)), 0, 255).astype(np.uint8))
    if rng.random() < 0.5:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.5)))
    if rng.random() < 0.45:  # the bars that squaring a wide or high picture adds
        other = int(side * rng.uniform(0.5, 0.95))
        size = (side, other) if rng.random() < 0.7 else (other, side)
        square = Image.new('RGB', (side, side), (122, 116, 104))
        square.paste(image.resize(size, Image.BICUBIC), ((side - size[0]) // 2, (side - size[1]) // 2))
        image = square
    return reduced(image)
