package io.forebay.observe;

import io.forebay.model.Exchange;
import io.forebay.model.Exchange.CacheStatus;
import io.forebay.model.Exchanges;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * What happened lately to requests to repositories: a bucket for each minute of the last hour, the slowest answer of each
 * minute, the last failures. All of it in memory, some 100 KiB.
 *
 * <p>Threads: {@link #ended} is for event loops and takes no lock. What is read while it is written may lag by some requests.
 */
public final class Recent implements Exchanges {
    static final int MINUTES = 60;
    private static final int FAILURES_MAX = 50;
    private static final int SERVER_FAILURE = 500;

    private final InstantSource clock;
    /** One more than are shown: the oldest is replaced while the newest fills. */
    private final AtomicReferenceArray<Bucket> buckets = new AtomicReferenceArray<>(MINUTES + 1);

    private final AtomicReferenceArray<Exchange> failures = new AtomicReferenceArray<>(FAILURES_MAX);
    private final AtomicLong failed = new AtomicLong();
    private final Bucket sinceStart;

    /** @param clock wall clock */
    public Recent(InstantSource clock) {
        this.clock = clock;
        this.sinceStart = new Bucket(minute(clock.millis()));
    }

    @Override
    public void ended(Exchange exchange) {
        if (!exchange.repository().isEmpty()) {
            sinceStart.add(exchange);
            bucket(minute(clock.millis())).ifPresent(bucket -> bucket.add(exchange));
        }
        if (exchange.status() >= SERVER_FAILURE) {
            failures.set((int) (failed.getAndIncrement() % FAILURES_MAX), exchange);
        }
    }

    /** The bucket of a minute; empty when its place has gone to a later one already. */
    private Optional<Bucket> bucket(long minute) {
        int place = (int) (minute % buckets.length());
        while (true) {
            Bucket there = buckets.get(place);
            if (there != null && there.minute >= minute) {
                return there.minute == minute ? Optional.of(there) : Optional.empty();
            }
            buckets.compareAndSet(place, there, new Bucket(minute));
        }
    }

    /** Everything since the start. */
    public Count sinceStart() {
        return sinceStart.count();
    }

    /** The last 60 minutes, oldest first, the running one last; those without requests are there too. */
    public List<Count> lastHour() {
        long now = minute(clock.millis());
        List<Count> counts = new ArrayList<>(MINUTES);
        for (long minute = now - MINUTES + 1; minute <= now; minute++) {
            Bucket bucket = buckets.get((int) (minute % buckets.length()));
            counts.add(bucket != null && bucket.minute == minute ? bucket.count() : Count.none(minute));
        }
        return counts;
    }

    /** The slowest answer of each of the last 60 minutes, slowest to the first byte first. */
    public List<Exchange> slowest() {
        long oldest = minute(clock.millis()) - MINUTES + 1;
        List<Exchange> slowest = new ArrayList<>();
        for (int i = 0; i < buckets.length(); i++) {
            Bucket bucket = buckets.get(i);
            if (bucket != null && bucket.minute >= oldest) {
                Optional.ofNullable(bucket.slowest.get()).ifPresent(slowest::add);
            }
        }
        slowest.sort(Comparator.comparingLong(Exchange::firstByteNanos).reversed());
        return slowest;
    }

    /** The last answers that told of a failure of an origin or of the server, newest first. */
    public List<Exchange> failures() {
        long next = failed.get();
        List<Exchange> newestFirst = new ArrayList<>();
        for (long i = next - 1; i >= Math.max(0, next - FAILURES_MAX); i--) {
            Optional.ofNullable(failures.get((int) (i % FAILURES_MAX))).ifPresent(newestFirst::add);
        }
        return newestFirst;
    }

    private static long minute(long millis) {
        return TimeUnit.MILLISECONDS.toMinutes(millis);
    }

    /**
     * Requests of a time.
     *
     * @param minute of the epoch in which the time begins
     * @param hits answers that needed no fetch of their own
     * @param failed answers with a status of 500 or more
     * @param bytes sent to clients
     * @param fetched of these, bytes fetched from an origin for the request that was sent them
     */
    public record Count(long minute, long requests, long hits, long failed, long bytes, long fetched) {
        static Count none(long minute) {
            return new Count(minute, 0, 0, 0, 0, 0);
        }
    }

    private static final class Bucket {
        private final long minute;
        private final LongAdder requests = new LongAdder();
        private final LongAdder hits = new LongAdder();
        private final LongAdder failures = new LongAdder();
        private final LongAdder bytes = new LongAdder();
        private final LongAdder fetched = new LongAdder();
        private final AtomicReference<Exchange> slowest = new AtomicReference<>();

        Bucket(long minute) {
            this.minute = minute;
        }

        void add(Exchange exchange) {
            requests.increment();
            bytes.add(exchange.bytes());
            if (exchange.status() >= SERVER_FAILURE) {
                failures.increment();
            } else if (exchange.cacheStatus() == CacheStatus.MISS) {
                fetched.add(exchange.bytes());
            } else if (exchange.cacheStatus() != CacheStatus.NONE) {
                hits.increment();
            }
            Exchange known = slowest.get();
            while (known == null || exchange.firstByteNanos() > known.firstByteNanos()) {
                if (slowest.compareAndSet(known, exchange)) {
                    return;
                }
                known = slowest.get();
            }
        }

        Count count() {
            return new Count(minute, requests.sum(), hits.sum(), failures.sum(), bytes.sum(), fetched.sum());
        }
    }
}
