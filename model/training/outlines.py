"""Writes the outlines of a font's letters and digits as text: what `mvlm eval --demo` draws its signs with. Needs fontTools.

    outlines.py FONT OUT

A first comment names the font; then a line "cap HEIGHT" (of the letter H), and for each character a line with the character, its advance
and its path: M, L, Q (one control point) and Z with absolute coordinates, in units of the font, y downwards from the baseline.
"""

import string
import sys

from fontTools.pens.basePen import BasePen
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont


class TextPen(BasePen):
    def __init__(self, glyphs):
        super().__init__(glyphs)
        self.parts = []

    def add(self, letter, *points):
        self.parts.append(letter + " ".join(f"{round(x)} {round(-y)}" for x, y in points))

    def _moveTo(self, point):
        self.add("M", point)

    def _lineTo(self, point):
        self.add("L", point)

    def _qCurveToOne(self, control, point):
        self.add("Q", control, point)

    def _closePath(self):
        self.parts.append("Z")


def main(source, target):
    font = TTFont(source)
    glyphs = font.getGlyphSet()
    names = font.getBestCmap()
    bounds = BoundsPen(glyphs)
    glyphs[names[ord("H")]].draw(bounds)
    naming = font["name"]
    with open(target, "w", encoding="ascii", newline="\n") as out:
        out.write(f"# {naming.getDebugName(4)}, {naming.getDebugName(5).split(';')[0].lower()}; outlines of letters and digits."
                  f" {naming.getDebugName(0)}.\n# SIL Open Font License 1.1, see OFL.txt\n")
        out.write(f"cap {round(bounds.bounds[3])}\n")
        for character in string.ascii_letters + string.digits:
            pen = TextPen(glyphs)
            glyph = glyphs[names[ord(character)]]
            glyph.draw(pen)
            out.write(f"{character} {round(glyph.width)} {''.join(pen.parts)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
