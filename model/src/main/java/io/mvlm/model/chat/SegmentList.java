package io.mvlm.model.chat;

import java.util.ArrayList;
import java.util.List;

/** Collects the segments of a prompt. */
final class SegmentList {
  private final List<Segment> segments = new ArrayList<>();
  private int images;

  SegmentList text(String text) {
    if (!text.isEmpty()) {
      segments.add(new Segment.Text(text));
    }
    return this;
  }

  SegmentList control(String piece) {
    segments.add(new Segment.Control(piece));
    return this;
  }

  SegmentList begin() {
    segments.add(new Segment.Begin());
    return this;
  }

  SegmentList end() {
    segments.add(new Segment.End());
    return this;
  }

  /** Each image with a line break after it, as LLaVA and MobileVLM were trained. */
  SegmentList images(int count) {
    for (int i = 0; i < count; i++) {
      segments.add(new Segment.Image(images++));
      text("\n");
    }
    return this;
  }

  List<Segment> segments() {
    return List.copyOf(segments);
  }
}
