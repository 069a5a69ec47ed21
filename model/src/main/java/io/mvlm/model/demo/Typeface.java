package io.mvlm.model.demo;

import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringTokenizer;

/**
 * Outlines of a font's letters and digits. They come from resources of our own, because {@link java.awt.Font} draws nothing on a machine
 * without the fontconfig library, and draws differently with another version of it. Immutable.
 *
 * <p>A resource is text. After comments it has the line {@code cap HEIGHT}, then for each character a line: the character, its advance and
 * its path, made of {@code M x y}, {@code L x y}, {@code Q x y x y} and {@code Z}, in whole units of the font, y downwards from the
 * baseline.
 */
final class Typeface {
  private static final List<String> FILES =
      List.of("public-sans-regular", "public-sans-bold", "gelasio-regular", "gelasio-bold", "red-hat-mono-regular", "red-hat-mono-bold");

  private record Glyph(double advance, Path2D outline) {}

  private final Map<Character, Glyph> glyphs;

  private Typeface(Map<Character, Glyph> glyphs) {
    this.glyphs = glyphs;
  }

  /** All that there are: a sans serif, a serif and a monospaced one, each regular and bold. */
  static List<Typeface> all() {
    return FILES.stream().map(Typeface::read).toList();
  }

  private static Typeface read(String name) {
    try (InputStream in = Typeface.class.getResourceAsStream("fonts/" + name + ".txt");
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
      Map<Character, Glyph> glyphs = new HashMap<>();
      double unit = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("cap ")) {
          unit = 1 / Double.parseDouble(line.substring("cap ".length()));
        } else if (!line.startsWith("#")) {
          String[] parts = line.split(" ", 3);
          glyphs.put(line.charAt(0), new Glyph(unit * Integer.parseInt(parts[1]), path(parts[2], unit)));
        }
      }
      return new Typeface(glyphs);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path2D path(String commands, double unit) {
    Path2D path = new Path2D.Double(Path2D.WIND_NON_ZERO);
    for (String command : commands.split("(?=[MLQZ])")) {
      double[] at = new double[4];
      StringTokenizer numbers = new StringTokenizer(command.substring(1));
      for (int i = 0; numbers.hasMoreTokens(); i++) {
        at[i] = unit * Integer.parseInt(numbers.nextToken());
      }
      switch (command.charAt(0)) {
        case 'M' -> path.moveTo(at[0], at[1]);
        case 'L' -> path.lineTo(at[0], at[1]);
        case 'Q' -> path.quadTo(at[0], at[1], at[2], at[3]);
        default -> path.closePath();
      }
    }
    return path;
  }

  /** A line of text from x = 0 on, on the baseline y = 0, y downwards; its capitals are 1 high. */
  Shape line(String text) {
    Path2D line = new Path2D.Double(Path2D.WIND_NON_ZERO);
    double x = 0;
    for (char c : text.toCharArray()) {
      Glyph glyph = glyphs.get(c);
      line.append(glyph.outline().getPathIterator(AffineTransform.getTranslateInstance(x, 0)), false);
      x += glyph.advance();
    }
    return line;
  }
}
