package io.forebay.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.forebay.model.Exchange;
import io.forebay.model.Exchanges;
import io.forebay.model.ForebayException.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The memo that all connections of a server share. Safe for use by many threads. */
final class HitMemos {
    /** Hot requests are few: this many bytes of prepared responses are kept, the rest takes the full path. */
    private static final long BYTES_MAX = 64L << 20;

    private final Exchanges exchanges;

    /** Counts how often everything was forgotten. */
    private volatile int era;

    private final Cache<HeadBytes, PreparedResponse> prepared = Caffeine.newBuilder()
            .maximumWeight(BYTES_MAX)
            .weigher((HeadBytes head, PreparedResponse response) -> head.length() + response.weight())
            .removalListener((@Nullable HeadBytes head, @Nullable PreparedResponse response, RemovalCause cause) -> {
                if (response != null) {
                    response.close();
                }
            })
            .executor(Runnable::run)
            .build();
    private final FastThreadLocal<HeadBytes> probe = new FastThreadLocal<>() {
        @Override
        protected HeadBytes initialValue() {
            return HeadBytes.probe();
        }
    };

    HitMemos(Exchanges exchanges) {
        this.exchanges = exchanges;
    }

    /** What a request head was answered with, if that still stands. */
    @Nullable
    PreparedResponse find(ByteBuf request) {
        HeadBytes key = probe.get();
        if (!key.fill(request)) {
            return null;
        }
        PreparedResponse found = prepared.getIfPresent(key);
        if (found == null) {
            return null;
        }
        if (found.era() != era || !found.stands()) {
            prepared.invalidate(key);
            return null;
        }
        return found;
    }

    /**
     * An answer has been given.
     *
     * @param told what the same request was told as when it took the full path
     * @param bytes of the body, as far as the client has taken it
     * @param firstByteNanos from the request to the first byte of the answer
     * @param nanos from the request to the end of the answer
     * @param client address of who asked
     * @param failure what cut the body
     */
    void tell(Exchange told, long bytes, long firstByteNanos, long nanos, String client, Optional<Kind> failure) {
        exchanges.ended(new Exchange(
                told.method(),
                told.target(),
                told.repository(),
                told.subject(),
                told.status(),
                told.cacheStatus(),
                bytes,
                firstByteNanos,
                nanos,
                System.currentTimeMillis(),
                client,
                "",
                told.userAgent(),
                told.protocol(),
                failure));
    }

    /** What was answered under other rules stands no more, nor what is being answered under them. */
    synchronized void forget() {
        era++;
        prepared.invalidateAll();
    }

    int era() {
        return era;
    }

    void put(ResponseRecording recording) {
        prepared.put(recording.request(), new PreparedResponse(recording));
    }
}
