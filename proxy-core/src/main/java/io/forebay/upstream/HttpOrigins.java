package io.forebay.upstream;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
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

    /** How long a name that did not resolve stays so. */
    private static final Duration MISSING_NAME = Duration.ofSeconds(5);

    private final UpstreamOptions options;
    private final Clock clock;
    private final Map<String, OriginClient> clients;
    private final Map<Authority, Circuit> circuits;
    private final ConnectionProvider pool;
    private final LoopResources loops;
    private final boolean ownsLoops;

    HttpOrigins(
            UpstreamOptions options,
            Map<String, OriginOptions> sources,
            Map<String, String> environment,
            Optional<LoopResources> givenLoops,
            UnaryOperator<HttpClient> tuning,
            LongSupplier nanoTime,
            Clock clock) {
        this.options = options;
        this.clock = clock;
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
        HttpClient pooled = tuning.apply(base(pool));
        HttpClient fresh = tuning.apply(base(ConnectionProvider.newConnection()));
        Map<String, OriginClient> made = new HashMap<>();
        Map<Authority, Circuit> fuses = new HashMap<>();
        sources.forEach((name, source) -> {
            OriginClient client = new OriginClient(name, source, options, environment, pooled, fresh);
            made.put(name, client);
            client.authorities()
                    .forEach(authority -> fuses.computeIfAbsent(authority, a -> new Circuit(nanoTime, clock)));
        });
        this.clients = Map.copyOf(made);
        this.circuits = Map.copyOf(fuses);
    }

    /**
     * Origins of sources by their names.
     *
     * @throws IllegalArgumentException with the key, when an option cannot be used
     */
    public static HttpOrigins create(UpstreamOptions options, Map<String, OriginOptions> sources) {
        return create(options, sources, Map.of(), Optional.empty());
    }

    /**
     * Origins of sources by their names.
     *
     * @param environment where HTTP_PROXY, HTTPS_PROXY and NO_PROXY are looked up
     * @param loops event loops to share with a server; not closed here
     * @throws IllegalArgumentException with the key, when an option cannot be used
     */
    public static HttpOrigins create(
            UpstreamOptions options,
            Map<String, OriginOptions> sources,
            Map<String, String> environment,
            Optional<LoopResources> loops) {
        return new HttpOrigins(
                options, sources, environment, loops, UnaryOperator.identity(), System::nanoTime, Clock.systemUTC());
    }

    @Override
    public <T> Flux<T> exchange(OriginRequest request, Function<OriginAnswer, Publisher<T>> handler) {
        OriginClient client = clients.get(request.source());
        if (client == null) {
            return Flux.error(new ForebayException(Kind.INTERNAL, "There is no source " + request.source()));
        }
        return Flux.defer(() -> new Exchange<>(options, clock, client, circuits, request, handler).start());
    }

    /** Of several authorities of one source the one that is in most trouble speaks for it. */
    @Override
    public Map<String, Health> health() {
        Map<String, Health> healths = new HashMap<>();
        clients.forEach((name, client) -> {
            Health health = new Health(false, 0, 0, 0, "");
            for (Authority authority : client.authorities()) {
                Circuit circuit = circuits.get(authority);
                health = circuit == null ? health : worse(health, circuit.health());
            }
            healths.put(name, health);
        });
        return Map.copyOf(healths);
    }

    @Override
    public Map<String, Traffic> traffic() {
        Map<String, Traffic> traffic = new HashMap<>();
        clients.forEach((name, client) -> traffic.put(name, client.meter().traffic()));
        return Map.copyOf(traffic);
    }

    @Override
    public void close() {
        pool.dispose();
        if (ownsLoops) {
            loops.dispose();
        }
    }

    private static Health worse(Health a, Health b) {
        return new Health(
                a.open() || b.open(),
                Math.max(a.retryAt(), b.retryAt()),
                Math.max(a.lastSuccess(), b.lastSuccess()),
                Math.max(a.lastFailure(), b.lastFailure()),
                a.lastFailure() > b.lastFailure() ? a.lastError() : b.lastError());
    }

    // Both settings are deprecated for lack of use elsewhere, and have no successor.
    @SuppressWarnings("deprecation")
    private HttpClient base(ConnectionProvider connections) {
        return HttpClient.create(connections)
                .runOn(loops)
                .disableRetry(true)
                .compress(false)
                .resolver(names -> names.queryTimeout(options.connectTimeout()).cacheNegativeTimeToLive(MISSING_NAME))
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
