package io.mvlm.core;

/** What caches have in common wherever their memory is: the count of their positions. As {@link KvCache}, for one thread at a time. */
public abstract class AbstractKvCache implements KvCache {
  private final Spec spec;
  private int length;

  protected AbstractKvCache(Spec spec) {
    this.spec = spec;
  }

  @Override
  public final Spec spec() {
    return spec;
  }

  @Override
  public final int length() {
    return length;
  }

  @Override
  public final void truncate(int length) {
    if (length < 0 || length > this.length) {
      throw new IllegalArgumentException("cannot truncate " + this.length + " positions to " + length);
    }
    this.length = length;
  }

  /** For the backend: positions below {@code length} are filled in every layer. */
  protected final void advance(int length) {
    this.length = length;
  }
}
