package io.mvlm.kernels.cpu;

import io.mvlm.core.AbstractKvCache;
import io.mvlm.core.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Keys and values in the order in which attention reads them, in pages of {@link #PAGE} positions that are made when they are needed.
 *
 * <p>Positions stand in blocks of {@link #BLOCK}. Keys of a block: {@code [headSize/2][16 positions]} pairs of dimensions (d, d + 1), so that
 * a vector of positions meets one broadcast query value and no horizontal sum is needed. Values of a block: {@code [8][headStride]} pairs of
 * positions (p, p + 1), so that a vector of dimensions meets one broadcast probability. A pair is one 32-bit word of two f16 (the first in the
 * lower half), or two f32 planes one after the other.
 */
public final class CpuKvCache extends AbstractKvCache {
  /** Positions of a block. */
  public static final int BLOCK = 16;
  /** Positions of a page. */
  public static final int PAGE = 256;

  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

  private final int pairs;
  private final int headStride;
  private final int width;
  private final MemorySegment[][] pages;
  /** Without slabs: a conversation takes no more than its pages. */
  private final ZeroedMemory memory = new ZeroedMemory(0);
  private long bytes;
  private boolean closed;

  CpuKvCache(Spec spec) {
    super(spec);
    this.pairs = (spec.headSize() + 1) / 2;
    this.headStride = spec.headSize() + (-spec.headSize() & BLOCK - 1);
    this.width = spec.type() == TensorType.F16 ? Short.BYTES : Float.BYTES;
    this.pages = new MemorySegment[spec.layers()][(spec.capacity() + PAGE - 1) / PAGE];
  }

  @Override
  public CpuKvCache fork() {
    CpuKvCache copy = new CpuKvCache(spec());
    for (int layer = 0; layer < pages.length; layer++) {
      for (int p = 0; p * PAGE < length(); p++) {
        copy.page(layer, p).copyFrom(pages[layer][p]);
      }
    }
    copy.advance(length());
    return copy;
  }

  @Override
  public long byteSize() {
    return bytes;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      memory.close();
    }
  }

  public boolean half() {
    return width == Short.BYTES;
  }

  /** Dimensions of a head, rounded up to whole vectors: the distance of two pairs of positions in a block of values. */
  public int headStride() {
    return headStride;
  }

  /** Pairs of dimensions of a head. */
  public int pairs() {
    return pairs;
  }

  /** The page that holds {@code position}; only for positions that have been stored. */
  public MemorySegment page(int layer, long position) {
    return pages[layer][(int) (position / PAGE)];
  }

  private long keyBlockBytes() {
    return (long) pairs * 2 * BLOCK * width;
  }

  private long valueBlockBytes() {
    return (long) headStride * BLOCK * width;
  }

  /** Offset in its page of the keys of the block with that position: {@code [pairs][16]} pairs. */
  public long keyBlock(int kvHead, int position) {
    return ((long) kvHead * (PAGE / BLOCK) + position % PAGE / BLOCK) * keyBlockBytes();
  }

  /** Offset in its page of the values of the block with that position: {@code [8][headStride]} pairs. */
  public long valueBlock(int kvHead, int position) {
    return spec().kvHeads() * (PAGE / BLOCK) * keyBlockBytes()
        + ((long) kvHead * (PAGE / BLOCK) + position % PAGE / BLOCK) * valueBlockBytes();
  }

  private MemorySegment page(int layer, int page) {
    if (pages[layer][page] == null) {
      long size = (long) spec().kvHeads() * (PAGE / BLOCK) * (keyBlockBytes() + valueBlockBytes());
      pages[layer][page] = memory.allocate(size);
      bytes += size;
    }
    return pages[layer][page];
  }

  /** Makes the pages that positions up to {@code end} (exclusive) of a layer need. */
  void reserve(int layer, int end) {
    for (int p = 0; p * PAGE < end; p++) {
      page(layer, p);
    }
  }

  /** See {@link CpuKernels#store}. */
  void store(int layer, int position, float[] k, int ko, float[] v, int vo) {
    MemorySegment page = page(layer, (long) position);
    for (int head = 0; head < spec().kvHeads(); head++) {
      long keys = keyBlock(head, position);
      long values = valueBlock(head, position);
      for (int d = 0; d < spec().headSize(); d++) {
        put(page, keys, keyIndex(d, position), k[ko++]);
        put(page, values, valueIndex(d, position), v[vo++]);
      }
    }
  }

  private int keyIndex(int d, int position) {
    int word = d / 2 * BLOCK + position % BLOCK;
    return half() ? 2 * word + d % 2 : (d % 2) * pairs * BLOCK + word;
  }

  private int valueIndex(int d, int position) {
    int word = position % BLOCK / 2 * headStride + d;
    return half() ? 2 * word + position % 2 : (position % 2) * (BLOCK / 2) * headStride + word;
  }

  private void put(MemorySegment page, long block, int index, float value) {
    if (half()) {
      page.set(SHORT, block + 2L * index, Float.floatToFloat16(value));
    } else {
      page.set(FLOAT, block + 4L * index, value);
    }
  }

  private float get(MemorySegment page, long block, int index) {
    return half() ? Float.float16ToFloat(page.get(SHORT, block + 2L * index)) : page.get(FLOAT, block + 4L * index);
  }

  /** Dimension d of the key at {@code position}. */
  float key(int layer, int kvHead, int position, int d) {
    return get(page(layer, (long) position), keyBlock(kvHead, position), keyIndex(d, position));
  }

  /** Dimension d of the value at {@code position}. */
  float value(int layer, int kvHead, int position, int d) {
    return get(page(layer, (long) position), valueBlock(kvHead, position), valueIndex(d, position));
  }
}
