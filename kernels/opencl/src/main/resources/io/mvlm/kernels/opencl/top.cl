/* The k largest values of rows, largest first, among equals the lower column first; NaN counts as plus infinity. */

typedef struct {
  float value;
  int column;
} Entry;

float rank_of(float value) {
  return isnan(value) ? INFINITY : value;
}

int before(Entry a, Entry b) {
  float x = rank_of(a.value);
  float y = rank_of(b.value);
  return x > y || x == y && a.column < b.column;
}

/* Of every ITEMS-th of the values from ... end - 1, the entry that comes first behind last. */
Entry next(Entry last, global const float *x, global const int *names, int named, int from, int end) {
  Entry best = {-INFINITY, INT_MAX};
  for (int at = from; at < end; at += ITEMS) {
    Entry entry = {x[at], named ? names[at] : at};
    if (before(last, entry) && before(entry, best)) {
      best = entry;
    }
  }
  return best;
}

/* Each group takes its share of n values: the entry that comes first, then the first behind that one, and so on, k times; only the item
 * that had it looks for another. It writes values [k] and columns [k] behind those of the groups before it; a share of fewer is filled up
 * with entries behind all others. The column of value i is i or, if named, names[i]. Grid [ITEMS*groups]. */
kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void top(global const float *x, int xOffset, int n, global const int *names, int nameOffset, int named, global float *values,
    int valueOffset, global int *columns, int columnOffset, int k) {
  local Entry found[ITEMS];
  int item = get_local_id(0);
  int group = get_group_id(0);
  int share = (n + get_num_groups(0) - 1) / get_num_groups(0);
  int from = group * share + item;
  int end = min(group * share + share, n);
  x += xOffset;
  names += nameOffset;
  Entry last = {INFINITY, -1}; /* before all */
  Entry mine = next(last, x, names, named, from, end);
  for (int i = 0; i < k; i++) {
    found[item] = mine;
    for (int m = ITEMS / 2; m > 0; m /= 2) {
      barrier(CLK_LOCAL_MEM_FENCE);
      if (item < m && before(found[item + m], found[item])) {
        found[item] = found[item + m];
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    last = found[0];
    if (item == 0) {
      values[valueOffset + group * k + i] = last.value;
      columns[columnOffset + group * k + i] = last.column;
    }
    if (mine.column == last.column) {
      mine = next(last, x, names, named, from, end);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}
