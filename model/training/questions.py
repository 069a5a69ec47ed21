"""Questions on a scene and their answers, as docs/demo-scenes.md lists them."""

from collections import Counter
from typing import NamedTuple

from scenes import COLOUR_NAMES, SHAPES

NUMBERS = ('Zero', 'One', 'Two', 'Three', 'Four', 'Five', 'Six')
PLURALS = {'circle': 'circles', 'square': 'squares', 'triangle': 'triangles', 'star': 'stars', 'cross': 'crosses', 'ring': 'rings'}
UNSURE = 'I am not sure.'
DESCRIBE = ('Describe the image.', 'Describe the picture.', 'What is in the picture?', 'What do you see?')
SIZE = ('Is the {} small or large?', 'Is the {} large or small?', 'What size is the {}?', 'How big is the {}?')
READ = ('What does the sign say?', 'What is written on the sign?', 'Read the sign.')
NUMBER = ('What number is on the sign?', 'Which number is on the sign?')
WHERE = ('Where is the {}?', 'Where is the {} in the picture?')
PLACES = (('At the top left.', 'At the top.', 'At the top right.'), ('On the left.', 'In the middle.', 'On the right.'),
          ('At the bottom left.', 'At the bottom.', 'At the bottom right.'))


class Turn(NamedTuple):
    """A question and its answer. @param about the things that the question names, in its order: [(last word of their phrase, things)]"""
    kind: str
    question: str
    answer: str
    about: tuple = ()


def last(phrase):
    return phrase.rsplit(' ', 1)[-1]


def pick(rng, options):
    return options[rng.integers(len(options))]


def article(phrase):
    return ('an ' if phrase[0] in 'aeiou' else 'a ') + phrase


def sentence(parts):
    text = ', '.join(parts[:-1]) + (' and ' if len(parts) > 1 else '') + parts[-1]
    return text[0].upper() + text[1:] + '.'


def description(scene):
    if not scene.known:
        return UNSURE
    parts = [f'a sign that says {scene.text}'] if scene.text is not None else []
    return sentence(parts + ['a ' + t.phrase() for t in sorted(scene.things, key=lambda t: t.x)])


def clear_order(scene):
    xs = sorted(t.x for t in scene.things)
    return all(b - a >= 0.06 for a, b in zip(xs, xs[1:]))


class Asker:
    """Asks one scene. Each method returns a Turn, or None where the scene does not allow such a question."""

    def __init__(self, rng, scene):
        self.rng = rng
        self.scene = scene
        self.shapes = Counter(t.shape for t in scene.things)
        self.colours = Counter(t.colour for t in scene.things)
        self.both = Counter((t.colour, t.shape) for t in scene.things)

    def pick(self, options):
        return pick(self.rng, options)

    def thing(self):
        return self.pick(self.scene.things) if self.scene.things else None

    def phrase(self, t, colour=True, shape=True):
        """Words that fit this thing alone, or None. @param colour, shape: whether they may give these away"""
        ways = []
        if shape and self.shapes[t.shape] == 1:
            ways.append(t.shape)
        if shape and colour and self.both[t.colour, t.shape] == 1:
            ways.append(f'{t.colour} {t.shape}')
        if colour and self.colours[t.colour] == 1:
            ways.append(f'{t.colour} object')
        if len(self.scene.things) == 1 and self.rng.random() < 0.3:
            ways = ['object']
        return self.pick(ways) if ways else None

    def spelling(self):
        return self.pick(('colour', 'colour', 'color'))

    def describe(self):
        return Turn('describe', self.pick(DESCRIBE), description(self.scene)) if clear_order(self.scene) else None

    def colour(self):
        t = self.thing()
        phrase = t and self.phrase(t, colour=False)
        if not phrase:
            return None
        question = self.pick(('What {1} is the {0}?', 'Which {1} is the {0}?', 'What is the {1} of the {0}?')).format(phrase, self.spelling())
        return Turn('colour', question, t.colour.capitalize() + '.', ((last(phrase), [t]),))

    def shape(self):
        t = self.thing()
        phrase = t and self.phrase(t, shape=False)
        if not phrase:
            return None
        if phrase != 'object' and self.rng.random() < 0.25:
            question, phrase = f'What shape is {t.colour}?', t.colour
        else:
            question = self.pick(('What shape is the {}?', 'Which shape is the {}?', 'What is the shape of the {}?')).format(phrase)
        return Turn('shape', question, f'A {t.shape}.', ((last(phrase), [t]),))

    def size(self):
        t = self.thing()
        phrase = t and self.phrase(t)
        return phrase and Turn('size', self.pick(SIZE).format(phrase), t.size.capitalize() + '.', ((last(phrase), [t]),))

    def count(self):
        things = self.scene.things
        way = self.rng.choice(3, p=(0.2, 0.4, 0.4))
        if way == 0:
            noun, counted = 'objects', things
        elif way == 1:
            # What is there is asked for more often than what is not.
            colour = self.thing().colour if things and self.rng.random() < 0.75 else self.pick(COLOUR_NAMES)
            noun, counted = f'{colour} objects', [t for t in things if t.colour == colour]
        else:
            shape = self.thing().shape if things and self.rng.random() < 0.75 else self.pick(SHAPES)
            noun, counted = PLURALS[shape], [t for t in things if t.shape == shape]
        question = self.pick(('How many {} are there?', 'How many {} are in the picture?', 'Count the {}.')).format(noun)
        return Turn('count3' if len(counted) <= 3 else 'count6', question, NUMBERS[len(counted)] + '.', ((last(noun), counted),))

    def pair(self, across):
        """Two things that clearly differ along an axis, with their phrases."""
        things = self.scene.things
        if len(things) < 2:
            return None
        i, j = self.rng.choice(len(things), 2, replace=False)
        a, b = things[i], things[j]
        if abs(a.x - b.x if across else a.y - b.y) < 0.15:
            return None
        pa, pb = self.phrase(a), self.phrase(b)
        return (a, b, pa, pb) if pa and pb else None

    def compare(self):
        across = self.rng.random() < 0.5
        pair = self.pair(across)
        if not pair:
            return None
        a, b, pa, pb = pair
        if across:
            question = self.pick(('Is the {} left or right of the {}?', 'Is the {} to the left or to the right of the {}?'))
            answer = 'Left.' if a.x < b.x else 'Right.'
        else:
            question, answer = 'Is the {} above or below the {}?', 'Above.' if a.y < b.y else 'Below.'
        return Turn('position', question.format(pa, pb), answer, ((last(pa), [a]), (last(pb), [b])))

    def where(self):
        t = self.thing()
        if not t:
            return None
        third = [0 if v <= 0.29 else 1 if 0.38 <= v <= 0.62 else 2 if v >= 0.71 else None for v in (t.x, t.y)]
        phrase = self.phrase(t)
        if None in third or not phrase:
            return None
        return Turn('position', self.pick(WHERE).format(phrase), PLACES[third[1]][third[0]], ((last(phrase), [t]),))

    def read(self):
        text = self.scene.text
        if text is None:
            return None
        number = text.isdigit()
        return Turn('number' if number else 'word', self.pick(READ + ('What does it say?',) + (NUMBER if number else ())), text)

    def is_there(self):
        rng, things = self.rng, self.scene.things
        if rng.random() < 0.12:
            return Turn('yesno', 'Is there a sign?', 'Yes.' if self.scene.text is not None else 'No.')
        colour, shape = self.pick(COLOUR_NAMES), self.pick(SHAPES)
        way = rng.integers(4)
        if things and rng.random() < 0.6:
            colour, shape = self.thing().colour, self.thing().shape
            if rng.random() < 0.6:
                t = self.thing()
                colour, shape = t.colour, t.shape
        if way == 0:
            phrase, found = shape, [t for t in things if t.shape == shape]
        elif way == 1:
            phrase, found = f'{colour} object', [t for t in things if t.colour == colour]
        else:
            phrase, found = f'{colour} {shape}', [t for t in things if (t.colour, t.shape) == (colour, shape)]
        return Turn('yesno', f'Is there {article(phrase)}?', 'Yes.' if found else 'No.', ((last(phrase), found),))

    def is_coloured(self):
        t = self.thing()
        if not t or self.shapes[t.shape] != 1:
            return None
        colour = t.colour if self.rng.random() < 0.5 else self.pick([c for c in COLOUR_NAMES if c != t.colour])
        return Turn('yesno', f'Is the {t.shape} {colour}?', 'Yes.' if colour == t.colour else 'No.', ((t.shape, [t]),))

    def is_beside(self):
        across = self.rng.random() < 0.5
        pair = self.pair(across)
        if not pair:
            return None
        a, b, pa, pb = pair
        first = self.rng.random() < 0.5
        word = (('left of', 'right of') if across else ('above', 'below'))[0 if first else 1]
        yes = ((a.x < b.x) if across else (a.y < b.y)) == first
        return Turn('yesno', f'Is the {pa} {word} the {pb}?', 'Yes.' if yes else 'No.', ((last(pa), [a]), (last(pb), [b])))

    def absent(self):
        way = self.rng.integers(5)
        if way == 4:
            return Turn('absent', self.pick(READ), 'There is no sign.') if self.scene.text is None else None
        if way == 3:
            colours = [c for c in COLOUR_NAMES if c not in self.colours]
            colour = self.pick(colours)
            question = self.pick((f'What shape is the {colour} object?', f'Which shape is the {colour} object?', f'What shape is {colour}?'))
            return Turn('absent', question, f'There is no {colour} object.')
        shapes = [s for s in SHAPES if s not in self.shapes]
        if not shapes:
            return None
        shape = self.pick(shapes)
        question = (f'What {self.spelling()} is the {shape}?', self.pick(SIZE).format(shape), self.pick(WHERE).format(shape))[way]
        return Turn('absent', question, f'There is no {shape}.')

    def unsure(self):
        """Any question at all, as if about another scene."""
        rng = self.rng
        colour, shape, other = self.pick(COLOUR_NAMES), self.pick(SHAPES), self.pick(SHAPES)
        thing = self.pick((shape, f'{colour} {shape}', f'{colour} object', 'object'))
        spelling = self.spelling()
        asked = (DESCRIBE, (f'What {spelling} is the {thing}?', f'Which {spelling} is the {thing}?', f'What is the {spelling} of the {thing}?'),
                 (f'What shape is the {colour} object?', f'What shape is {colour}?', 'What shape is the object?'), SIZE,
                 tuple(q.format(pick(rng, ('objects', f'{colour} objects', PLURALS[shape])))
                       for q in ('How many {} are there?', 'How many {} are in the picture?', 'Count the {}.')),
                 (f'Is the {thing} left or right of the {other}?', f'Is the {thing} above or below the {other}?',
                  f'Is the {thing} to the left or to the right of the {other}?'), WHERE, READ + NUMBER + ('What does it say?',),
                 (f'Is there {article(shape)}?', f'Is there {article(colour)} {shape}?', 'Is there a sign?', f'Is the {shape} {colour}?',
                  f'Is the {thing} left of the {other}?', f'Is the {thing} below the {other}?'))
        return Turn('unsure', self.pick(self.pick(asked)).format(thing), UNSURE)


# How often each kind of question is asked about a scene.
PLAN_THINGS = ('count', 'count', 'count', 'count', 'count', 'colour', 'shape', 'size', 'compare', 'compare', 'where', 'is_there',
               'is_coloured', 'is_beside', 'is_beside', 'absent')
PLAN_BOTH = ('read', 'count', 'count', 'count', 'colour', 'shape', 'size', 'compare', 'where', 'is_there', 'is_coloured', 'is_beside', 'is_beside', 'absent')
PLAN_SIGN = ('read', 'is_there', 'count', 'absent')


def conversation(rng, scene, most=9):
    """Questions and answers about one scene, in random order; a description, if any, mostly at the end."""
    asker = Asker(rng, scene)
    if not scene.known:
        return [asker.unsure() for _ in range(3)]
    plan = list(PLAN_SIGN if not scene.things else PLAN_BOTH if scene.text is not None else PLAN_THINGS)
    rng.shuffle(plan)
    plan = plan[:most]
    if scene.text is not None and 'read' not in plan:
        plan[0] = 'read'
    describe = rng.random()
    if describe < 0.12:
        plan.insert(0, 'describe')
    elif describe < 0.62:
        plan.append('describe')
    out = []
    for name in plan:
        asked = getattr(asker, name)()
        if asked and all(asked.question != other.question for other in out):
            out.append(asked)
    return out
