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
  void store(CpuKvCache cache, int layer, int position, float[] k, int ko, float[] v, int vo) {
    int heads = cache.spec().kvHeads();
    int headSize = cache.spec().headSize();
    Objects.checkFromIndexSize(ko, heads * headSize, k.length);
    Objects.checkFromIndexSize(vo, heads * headSize, v.length);
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
