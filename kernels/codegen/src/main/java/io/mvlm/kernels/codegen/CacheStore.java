package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.CpuKvCache;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** Stores keys and values in a cache; see {@link StoreCode}. Stateless and thread-safe. */
final class CacheStore {
  private final Kernels.StoreKernels kernels;

  CacheStore(Kernels kernels) {
    this.kernels = kernels.store();
  }

  /** See {@link io.mvlm.kernels.cpu.CpuKernels#store}. */
  void store(CpuKvCache cache, int layer, int position, int rows, float[] k, int ko, int kStride, float[] v, int vo, int vStride) {
    int width = cache.spec().kvHeads() * cache.spec().headSize();
    Objects.checkFromIndexSize(ko, (rows - 1L) * kStride + width, (long) k.length);
    Objects.checkFromIndexSize(vo, (rows - 1L) * vStride + width, (long) v.length);
    boolean canTogether = cache.half() && cache.spec().headSize() % StoreCode.ACROSS == 0;
    for (int r = 0; r < rows; ) {
      if (canTogether && (position + r) % StoreCode.TOGETHER == 0 && rows - r >= StoreCode.TOGETHER) {
        together(cache, layer, position + r, k, ko + r * kStride, kStride, v, vo + r * vStride, vStride);
        r += StoreCode.TOGETHER;
      } else {
        one(cache, layer, position + r, k, ko + r * kStride, v, vo + r * vStride);
        r++;
      }
    }
  }

  private void together(CpuKvCache cache, int layer, int position, float[] k, int ko, int kStride, float[] v, int vo, int vStride) {
    int heads = cache.spec().kvHeads();
    int within = position % CpuKvCache.BLOCK;
    long across = cache.spec().headSize() / StoreCode.ACROSS;
    long page = cache.page(layer, position).address();
    long keys = cache.keyBlock(0, position);
    long values = cache.valueBlock(0, position);
    kernels.keys().call(page + keys + floats(within), MemorySegment.ofArray(k), MemorySegment.NULL, floats(ko), heads,
        cache.keyBlock(1, position) - keys, floats(kStride), across, 0);
    kernels.values().call(page + values + floats(within / 2 * cache.headStride()), MemorySegment.ofArray(v), MemorySegment.NULL, floats(vo),
        heads, cache.valueBlock(1, position) - values, floats(vStride), across, 0);
  }

  private void one(CpuKvCache cache, int layer, int position, float[] k, int ko, float[] v, int vo) {
    int heads = cache.spec().kvHeads();
    int headSize = cache.spec().headSize();
    MemorySegment page = cache.page(layer, position);
    int within = position % CpuKvCache.BLOCK;
    int row = within / 2 * cache.headStride();
    long keys = cache.keyBlock(0, position);
    long keyStep = cache.keyBlock(1, position) - keys;
    long values = cache.valueBlock(0, position);
    long valueStep = cache.valueBlock(1, position) - values;
    long keyPlace = page.address() + keys + floats(within);
    long valuePlace = page.address() + values + floats(row);
    MemorySegment x = MemorySegment.ofArray(k);
    MemorySegment y = MemorySegment.ofArray(v);
    if (cache.half()) {
      kernels.halfKeys().call(keyPlace, x, MemorySegment.NULL, floats(ko), heads, keyStep, headSize, 0, 0);
      kernels.halfValues().call(valuePlace + within % 2 * Short.BYTES, y, MemorySegment.NULL, floats(vo), heads, valueStep, headSize, 0, 0);
    } else {
      int keyPlane = cache.pairs() * CpuKvCache.BLOCK;
      int valuePlane = CpuKvCache.BLOCK / 2 * cache.headStride();
      kernels.floats().call(keyPlace, x, MemorySegment.NULL, floats(ko), heads, keyStep, headSize, floats(keyPlane),
          floats(CpuKvCache.BLOCK));
      kernels.floats().call(valuePlace + floats(within % 2 * valuePlane), y, MemorySegment.NULL, floats(vo), heads, valueStep, headSize,
          floats(1), floats(2));
    }
  }

  /** Bytes. */
  private static long floats(int count) {
    return (long) Float.BYTES * count;
  }
}
