package io.mvlm.kernels.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Buffers of one worker that grow to what the largest call asked for. Contents do not survive the next request for the same buffer. */
public final class WorkerScratch {
  private final float[][] floats = new float[4][0];
  private byte[] bytes = new byte[0];
  private Arena arena;
  private MemorySegment file = MemorySegment.NULL;
  private Arena panelArena;
  private MemorySegment panel = MemorySegment.NULL;

  /** @param slot 0 to 3: buffers that are in use at the same time need different slots */
  public float[] floats(int slot, int length) {
    if (length < 0) {
      throw new IllegalArgumentException("more floats than an array can hold");
    }
    if (floats[slot].length < length) {
      floats[slot] = new float[length];
    }
    return floats[slot];
  }

  public byte[] bytes(int length) {
    if (bytes.length < length) {
      bytes = new byte[length];
    }
    return bytes;
  }

  /** Native memory to read a file into: a channel reads into it without a copy of its own. */
  MemorySegment file(long length) {
    if (file.byteSize() < length) {
      freeFile();
      arena = Arena.ofShared();
      file = arena.allocate(length, 64);
    }
    return file.asSlice(0, length);
  }

  /** Native memory of at least so many bytes, aligned to 64: to the lines of a cache, as no array is. */
  public MemorySegment panel(long bytes) {
    if (panel.byteSize() < bytes) {
      freePanel();
      panelArena = Arena.ofShared();
      panel = panelArena.allocate(bytes, 64);
    }
    return panel;
  }

  /** Gives {@link #panel} back; the next request makes a new one. */
  void freePanel() {
    if (panelArena != null) {
      panelArena.close();
      panelArena = null;
      panel = MemorySegment.NULL;
    }
  }

  /** Gives the native buffer back; the next request makes a new one. */
  void freeFile() {
    if (arena != null) {
      arena.close();
      arena = null;
      file = MemorySegment.NULL;
    }
  }
}
