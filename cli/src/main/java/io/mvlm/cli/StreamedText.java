package io.mvlm.cli;

/** An answer on its way to standard output, piece by piece. */
final class StreamedText {
  private final Output out;
  private boolean open;

  StreamedText(Output out) {
    this.out = out;
  }

  void piece(String piece) {
    if (!piece.isEmpty()) {
      out.print(piece);
      open = !piece.endsWith("\n");
    }
  }

  /** Ends the line, unless the answer did so or has not begun. */
  void endLine() {
    if (open) {
      out.print("\n");
      open = false;
    }
  }
}
