package io.forebay.store;

import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * Which parts of a file were read or written within the last seconds. The kernel keeps what is in use, so sending such a part
 * waits for no disk; anything else is read by a disk thread first, because a page that is missing stops whoever sends it.
 *
 * <p>Safe for use by many threads: a mark that is lost in a race costs one read from memory.
 */
final class RecentUse {
    /** Far less than a disk needs to push a page out of the memory of a machine that serves from it. */
    static final Duration WINDOW = Duration.ofSeconds(5);

    /** Bytes of a part: what is sent in one turn. */
    static final int PART_BYTES = 256 << 10;

    private static final long TICK_NANOS = Duration.ofMillis(100).toNanos();
    private static final int WINDOW_TICKS = (int) (WINDOW.toNanos() / TICK_NANOS);

    private final LongSupplier nanoClock;
    private final long began;

    /** Of each part, the tick of its last use; zero for none. Grows with the file, four bytes for each part. */
    private volatile int[] ticks = new int[0];

    RecentUse(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.began = nanoClock.getAsLong();
    }

    private int now() {
        return tick(nanoClock.getAsLong());
    }

    /** From 1 on; 0 for what was before the file was opened. */
    private int tick(long nanos) {
        long past = nanos - began;
        return past < 0 ? 0 : 1 + (int) (past / TICK_NANOS);
    }

    /**
     * Whether all of a region was used lately; then it is being used again.
     *
     * @param doubt uses before it do not count; those of the same tick do, or what is read because of it would be read twice
     */
    boolean renew(long position, int count, Doubt doubt) {
        int from = part(position);
        int last = part(position + Math.max(count, 1) - 1);
        int[] known = ticks;
        if (last >= known.length) {
            return false;
        }
        int now = now();
        int oldest = Math.max(now - WINDOW_TICKS, tick(doubt.since()));
        for (int part = from; part <= last; part++) {
            if (known[part] == 0 || known[part] < oldest) {
                return false;
            }
        }
        Arrays.fill(known, from, last + 1, now);
        return true;
    }

    /** A region has been read or written. Parts of which only a piece was touched count as well: the kernel reads ahead. */
    void used(long position, long count) {
        if (count <= 0) {
            return;
        }
        int last = part(position + count - 1);
        Arrays.fill(upTo(last), part(position), last + 1, now());
    }

    private synchronized int[] upTo(int last) {
        int[] known = ticks;
        if (last >= known.length) {
            known = Arrays.copyOf(known, Math.max(last + 1, 2 * known.length));
            ticks = known;
        }
        return known;
    }

    private static int part(long position) {
        return Math.toIntExact(position / PART_BYTES);
    }
}
