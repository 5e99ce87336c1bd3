package io.forebay.upstream;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/**
 * Origins over Reactor Netty.
 *
 * <p>Threads: safe for use by any. Ownership: owns its pools, and its event loops unless they were given.
 */
public final class HttpOrigins implements Origins {
    /** One read is one buffer, one buffer is one write to the disk: small reads cost a factor of three. */
    private static final int READ_BYTES = 128 * 1024;

    /** Reads per turn of the loop, so that one fast origin does not starve the rest. */
    private static final int READS_PER_TURN = 2;

    /** The decoder shall never cut what one read brought. */
    private static final int MAX_CHUNK_BYTES = 4 * 1024 * 1024;

    private final UpstreamOptions options;
    private final Map<String, OriginClient> clients;
    private final ConnectionProvider pool;
    private final LoopResources loops;
    private final boolean ownsLoops;

    private HttpOrigins(
            UpstreamOptions options, Map<String, OriginOptions> sources, Optional<LoopResources> givenLoops) {
        this.options = options;
        this.ownsLoops = givenLoops.isEmpty();
        this.loops = givenLoops.orElseGet(() -> LoopResources.create("forebay-origin"));
        this.pool = ConnectionProvider.builder("origins")
                .maxConnections(options.maxConnections())
                .pendingAcquireMaxCount(options.maxPending())
                .pendingAcquireTimeout(options.pendingTimeout())
                .maxIdleTime(options.maxIdleTime())
                .evictInBackground(options.maxIdleTime())
                .lifo()
                .build();
        Map<String, OriginClient> made = new HashMap<>();
        sources.forEach((name, source) -> made.put(name, new OriginClient(name, base())));
        this.clients = Map.copyOf(made);
    }

    /** Origins of sources by their names. */
    public static HttpOrigins create(UpstreamOptions options, Map<String, OriginOptions> sources) {
        return new HttpOrigins(options, sources, Optional.empty());
    }

    @Override
    public <T> Flux<T> exchange(OriginRequest request, Function<OriginAnswer, Publisher<T>> handler) {
        OriginClient client = clients.get(request.source());
        if (client == null) {
            return Flux.error(new ForebayException(Kind.INTERNAL, "There is no source " + request.source()));
        }
        return Flux.defer(() -> new Exchange<>(options, client, request, handler).start());
    }

    @Override
    public Map<String, Health> health() {
        return Map.of();
    }

    @Override
    public void close() {
        pool.dispose();
        if (ownsLoops) {
            loops.dispose();
        }
    }

    // Both settings are deprecated for lack of use elsewhere, and have no successor.
    @SuppressWarnings("deprecation")
    private HttpClient base() {
        return HttpClient.create(pool)
                .runOn(loops)
                .disableRetry(true)
                .compress(false)
                .followRedirect(false)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        options.connectTimeout().toMillis())
                .option(
                        ChannelOption.RCVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(2048, READ_BYTES / 2, READ_BYTES)
                                .maxMessagesPerRead(READS_PER_TURN))
                .httpResponseDecoder(spec -> spec.maxChunkSize(MAX_CHUNK_BYTES)
                        .maxInitialLineLength(options.maxHeaderBytes())
                        .maxHeaderSize(options.maxHeaderBytes()));
    }
}
