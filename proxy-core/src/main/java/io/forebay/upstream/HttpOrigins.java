package io.forebay.upstream;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.ResolvedAddressTypes;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import reactor.netty.transport.NameResolverProvider;

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

    /** Reloads that a running fetch may live to see; each holds the clients of its sources, which is little. */
    private static final int DECLARED_MAX = 16;

    private final UpstreamOptions options;
    private final Clock clock;
    private final Map<String, String> environment;
    private final LongSupplier nanoTime;
    private final HttpClient pooled;
    private final HttpClient fresh;
    private final Map<String, Meter> meters = new ConcurrentHashMap<>();
    private final ConnectionProvider pool;
    private final AddressResolverGroup<InetSocketAddress> names;
    private final LoopResources loops;
    private final boolean ownsLoops;

    /** The newest first; the others are for the fetches that began when they were in force. */
    private volatile List<Declared> declared;

    /** The sources as they were declared at one time, and the circuits of all that they may ask. */
    private record Declared(Map<String, OriginClient> clients, Map<Authority, Circuit> circuits) {
        boolean admits(OriginRequest request) {
            OriginClient client = clients.get(request.source());
            return client != null && client.admits(request.url());
        }
    }

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
        this.environment = Map.copyOf(environment);
        this.nanoTime = nanoTime;
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
        this.names = new BothFamilies(names(ResolvedAddressTypes.IPV4_ONLY), names(ResolvedAddressTypes.IPV6_ONLY));
        this.pooled = tuning.apply(base(pool));
        this.fresh = tuning.apply(base(ConnectionProvider.newConnection()));
        this.declared = List.of(declared(sources, Map.of()));
    }

    /** Whoever is asked still, and was asked before, keeps its circuit: what is known of a host does not depend on a reload. */
    private Declared declared(Map<String, OriginOptions> sources, Map<Authority, Circuit> known) {
        Map<String, OriginClient> clients = new HashMap<>();
        Map<Authority, Circuit> circuits = new HashMap<>();
        sources.forEach((name, source) -> {
            Meter meter = meters.getOrDefault(name, new Meter());
            OriginClient client = new OriginClient(name, source, options, environment, pooled, fresh, meter);
            clients.put(name, client);
            for (Authority authority : client.authorities()) {
                Circuit circuit = known.get(authority);
                circuits.putIfAbsent(authority, circuit == null ? new Circuit(nanoTime, clock) : circuit);
            }
        });
        clients.forEach((name, client) -> meters.putIfAbsent(name, client.meter()));
        return new Declared(Map.copyOf(clients), Map.copyOf(circuits));
    }

    /**
     * Puts other sources in the place of all. Fetches that run go on with the ones they began with, until their end; connections
     * that nobody uses any more are closed when they have been idle for as long as any. Not for two threads at once.
     *
     * @throws IllegalArgumentException with the key, when an option cannot be used; nothing is changed then
     */
    public void replace(Map<String, OriginOptions> sources) {
        List<Declared> next = new ArrayList<>();
        next.add(declared(sources, declared.get(0).circuits()));
        next.addAll(declared);
        declared = List.copyOf(next.subList(0, Math.min(next.size(), DECLARED_MAX)));
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
        return Flux.defer(() -> {
            Declared now = inForce(request);
            OriginClient client = now.clients().get(request.source());
            if (client == null) {
                return Flux.error(new ForebayException(Kind.INTERNAL, "There is no source " + request.source()));
            }
            return new Exchange<>(options, clock, client, now.circuits(), request, handler).start();
        });
    }

    /** URLs come from plans, and a plan may be older than what was declared since: its URL is asked as it was meant. */
    private Declared inForce(OriginRequest request) {
        List<Declared> all = declared;
        return all.stream().filter(one -> one.admits(request)).findFirst().orElseGet(() -> all.get(0));
    }

    /** Of several authorities of one source the one that is in most trouble speaks for it. */
    @Override
    public Map<String, Health> health() {
        Map<String, Health> healths = new HashMap<>();
        Declared now = declared.get(0);
        now.clients().forEach((name, client) -> {
            Health health = new Health(false, 0, 0, 0, "");
            for (Authority authority : client.authorities()) {
                Circuit circuit = now.circuits().get(authority);
                health = circuit == null ? health : worse(health, circuit.health());
            }
            healths.put(name, health);
        });
        return Map.copyOf(healths);
    }

    @Override
    public Map<String, Traffic> traffic() {
        Map<String, Traffic> traffic = new HashMap<>();
        meters.forEach((name, meter) -> traffic.put(name, meter.traffic()));
        return Map.copyOf(traffic);
    }

    @Override
    public void close() {
        pool.dispose();
        names.close();
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

    private AddressResolverGroup<InetSocketAddress> names(ResolvedAddressTypes family) {
        return NameResolverProvider.builder()
                .queryTimeout(options.connectTimeout())
                .cacheNegativeTimeToLive(MISSING_NAME)
                .resolvedAddressTypes(family)
                .build()
                .newNameResolverGroup(loops, LoopResources.DEFAULT_NATIVE);
    }

    // Both settings are deprecated for lack of use elsewhere, and have no successor.
    @SuppressWarnings("deprecation")
    private HttpClient base(ConnectionProvider connections) {
        return HttpClient.create(connections)
                .runOn(loops)
                .disableRetry(true)
                .compress(false)
                .resolver(names)
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
