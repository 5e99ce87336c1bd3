package io.forebay.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.forebay.model.Exchange;
import io.forebay.model.Exchanges;
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

    /**
     * The response to a request head, accounted for; none when it is not known or stands no more.
     *
     * @param client address of the other end
     * @param proxied whether that is a trusted proxy, so that the client is the one the head names
     */
    @Nullable
    ByteBuf find(ByteBuf request, String client, boolean proxied) {
        long begun = System.nanoTime();
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
        ByteBuf response = found.response();
        Exchange told = found.exchange();
        long nanos = System.nanoTime() - begun;
        exchanges.ended(new Exchange(
                told.method(),
                told.target(),
                told.repository(),
                told.subject(),
                told.status(),
                told.cacheStatus(),
                told.bytes(),
                nanos,
                nanos,
                System.currentTimeMillis(),
                proxied && !told.client().isEmpty() ? told.client() : client,
                "",
                told.userAgent(),
                told.protocol(),
                Optional.empty()));
        return response;
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
