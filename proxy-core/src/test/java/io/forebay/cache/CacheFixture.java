package io.forebay.cache;

import io.forebay.catalog.CatalogOptions;
import io.forebay.catalog.SqlCatalog;
import io.forebay.model.Algorithm;
import io.forebay.model.Candidate;
import io.forebay.model.Checksum;
import io.forebay.model.Expectation;
import io.forebay.model.ForebayException;
import io.forebay.model.Head;
import io.forebay.model.Listed;
import io.forebay.model.Listing;
import io.forebay.model.ListingReader;
import io.forebay.model.Nature;
import io.forebay.model.Part;
import io.forebay.model.Plan;
import io.forebay.model.Renderer;
import io.forebay.model.Rendition;
import io.forebay.model.ResourceKey;
import io.forebay.model.Snapshot;
import io.forebay.model.View;
import io.forebay.store.BlobStore;
import io.forebay.store.DiskBlobStore;
import io.forebay.store.StoreOptions;
import io.forebay.testing.ScriptedOrigin;
import io.forebay.upstream.HttpOrigins;
import io.forebay.upstream.OriginOptions;
import io.forebay.upstream.Origins;
import io.forebay.upstream.UpstreamOptions;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * A cache with real parts: a store and an SQLite catalog in a directory, origins over HTTP to a scripted one on 127.0.0.1. Only
 * the clock is a test's own. The source's name is {@code s}; a second one, {@code t}, is the same origin.
 */
final class CacheFixture implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(20);
    static final Instant START = Instant.parse("2026-03-10T12:00:00Z");

    private static final CacheOptions QUICK = with(Duration.ofMinutes(1), Duration.ofMillis(500), 1L << 30, 2);

    final ScriptedOrigin origin;
    final BlobStore store;
    final SqlCatalog catalog;
    final PackageCache cache;
    final AtomicReference<Instant> now = new AtomicReference<>(START);
    private final ConnectionPool reads;
    private final Origins origins;
    private final boolean ownsOrigin;
    private final Path directory;

    private CacheFixture(
            Path directory,
            ScriptedOrigin origin,
            CacheOptions options,
            UpstreamOptions upstream,
            UnaryOperator<BlobStore> wrapping,
            boolean ownsOrigin) {
        this.origin = origin;
        this.ownsOrigin = ownsOrigin;
        this.directory = directory;
        this.store = wrapping.apply(DiskBlobStore.open(StoreOptions.in(directory.resolve("store"))));
        ConnectionFactory database = ConnectionFactories.get(
                "r2dbc:sqlite:///" + directory.resolve("catalog.db").toAbsolutePath() + "?journalMode=WAL");
        this.reads = new ConnectionPool(ConnectionPoolConfiguration.builder(database)
                .initialSize(0)
                .maxSize(4)
                .build());
        this.catalog = SqlCatalog.open(reads, database, CatalogOptions.DEFAULTS).block(PATIENCE);
        this.origins = HttpOrigins.create(
                upstream, Map.of("s", OriginOptions.of(origin.url("")), "t", OriginOptions.of(origin.url(""))));
        this.cache = new PackageCache(store, catalog, origins, options, now::get);
    }

    static CacheFixture in(Path directory) {
        return in(directory, QUICK);
    }

    static CacheFixture in(Path directory, CacheOptions options) {
        return in(directory, options, UnaryOperator.identity());
    }

    static CacheFixture in(Path directory, CacheOptions options, UnaryOperator<BlobStore> wrapping) {
        return new CacheFixture(directory, ScriptedOrigin.start(), options, upstream(64), wrapping, true);
    }

    static CacheFixture in(Path directory, ScriptedOrigin origin, int connections) {
        return new CacheFixture(directory, origin, QUICK, upstream(connections), UnaryOperator.identity(), true);
    }

    /** One of several in turn: the origin is the caller's to close. */
    static CacheFixture beside(Path directory, ScriptedOrigin origin) {
        return new CacheFixture(directory, origin, QUICK, upstream(64), UnaryOperator.identity(), false);
    }

    /** Failures are remembered for {@code failureTtl} only, so that a test can go on after one. */
    static CacheOptions with(Duration notFoundTtl, Duration failureTtl, long keepAbandoned, int retries) {
        return with(notFoundTtl, failureTtl, keepAbandoned, retries, CacheOptions.DEFAULTS.diskPatience());
    }

    static CacheOptions with(
            Duration notFoundTtl, Duration failureTtl, long keepAbandoned, int retries, Duration diskPatience) {
        CacheOptions defaults = CacheOptions.DEFAULTS;
        return new CacheOptions(
                defaults.indexTtl(),
                defaults.staleWhileRevalidate(),
                defaults.revalidationWait(),
                defaults.staleIfError(),
                notFoundTtl,
                failureTtl,
                defaults.memoryBytes(),
                keepAbandoned,
                retries,
                diskPatience,
                defaults.fetches());
    }

    /** Few fetches at once. */
    static CacheOptions with(CacheOptions.Fetches fetches) {
        return new CacheOptions(
                QUICK.indexTtl(),
                QUICK.staleWhileRevalidate(),
                QUICK.revalidationWait(),
                QUICK.staleIfError(),
                QUICK.notFoundTtl(),
                QUICK.failureTtl(),
                QUICK.memoryBytes(),
                QUICK.keepAbandonedBytes(),
                QUICK.retries(),
                QUICK.diskPatience(),
                fetches);
    }

    private static UpstreamOptions upstream(int connections) {
        return new UpstreamOptions(
                Duration.ofSeconds(5),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                connections,
                1_000,
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                5,
                32 * 1024,
                "forebay/test");
    }

    // ---- plans

    Candidate candidate(String path) {
        return candidate("s", path);
    }

    Candidate candidate(String source, String path) {
        return Candidate.of(ResourceKey.of(source, path.substring(1)), origin.url(path));
    }

    Plan.Verbatim artifact(String path) {
        return artifact(candidate(path));
    }

    static Plan.Verbatim artifact(Candidate... candidates) {
        return verbatim(Nature.ARTIFACT, Snapshot.LATEST, candidates);
    }

    Plan.Verbatim index(String path) {
        return verbatim(Nature.INDEX, Snapshot.LATEST, candidate(path));
    }

    static Plan.Verbatim verbatim(Nature nature, Snapshot snapshot, Candidate... candidates) {
        return new Plan.Verbatim(nature, snapshot, List.of(candidates), Optional.empty(), Optional.empty());
    }

    /** An artifact whose path promises its SHA-256. */
    Plan.Verbatim promised(String path, byte[] body) {
        return artifact(candidate(path).withPromised(Expectation.of(new Checksum(Algorithm.SHA256, sha256(body)))));
    }

    /** An index that is read before it is believed. */
    Plan.Verbatim judged(String path) {
        return verbatim(Nature.INDEX, Snapshot.LATEST, candidate(path).withReader(LINES));
    }

    /** The first source's page as it is. */
    static Plan.Rendered page(Snapshot snapshot, boolean reachesBack, Candidate candidate) {
        Renderer renderer = new Renderer() {
            @Override
            public String id() {
                return "as it is";
            }

            @Override
            public boolean reachesBack() {
                return reachesBack;
            }

            @Override
            public Rendition render(List<Part> parts, View view) {
                return new Rendition("text/plain", Map.of(), parts.get(0).body());
            }
        };
        return new Plan.Rendered(snapshot, Plan.Selection.FIRST, List.of(candidate), renderer, Optional.empty());
    }

    /** A listing of lines {@code package file checksum}. */
    static Listed listed(Candidate form, String packageName, String file) {
        return listed(List.of(form), packageName, file);
    }

    static Listed listed(List<Candidate> forms, String packageName, String file) {
        return new Listed(forms, LINES, packageName, file);
    }

    private static final ListingReader LINES = new ListingReader() {
        @Override
        public String id() {
            return "lines";
        }

        @Override
        public Set<Algorithm> algorithms() {
            return Set.of(Algorithm.MD5);
        }

        @Override
        public Listing read(ResourceKey key, Head head, byte[] body) {
            List<String> lines =
                    new String(body, StandardCharsets.US_ASCII).lines().toList();
            if (lines.stream().anyMatch(line -> line.split(" ").length != 3)) {
                throw ForebayException.originInvalid("a line that is none of three words");
            }
            return new Lines(lines);
        }
    };

    private record Lines(List<String> lines) implements Listing {
        @Override
        public boolean owns(String packageName) {
            return lines.stream().anyMatch(line -> line.startsWith(packageName + " "));
        }

        @Override
        public Optional<Expectation> expectation(String file) {
            return lines.stream()
                    .map(line -> line.split(" "))
                    .filter(words -> words[1].equals(file))
                    .map(words ->
                            new Expectation(List.of(new Checksum(algorithm(words[2]), words[2])), OptionalLong.empty()))
                    .findFirst();
        }

        @Override
        public boolean isEmpty() {
            return lines.isEmpty();
        }

        @Override
        public long weight() {
            return 100;
        }
    }

    private static Algorithm algorithm(String hex) {
        return hex.length() == Algorithm.MD5.hexLength() ? Algorithm.MD5 : Algorithm.SHA256;
    }

    // ---- asking

    Answer open(Plan plan) {
        return cache.open(plan, View.Gate.open()).blockOptional(PATIENCE).orElseThrow();
    }

    Answer head(Plan plan) {
        return cache.head(plan, View.Gate.open()).blockOptional(PATIENCE).orElseThrow();
    }

    /** Asks and reads to the end. */
    Reading get(Plan plan) {
        return BodyReader.of(open(plan)).awaitEnd();
    }

    /** Asks in the background. */
    BodyReader begin(Plan plan) {
        return BodyReader.of(cache.open(plan, View.Gate.open()));
    }

    ForebayException failure(Plan plan) {
        try (Answer answer = open(plan)) {
            throw new AssertionError("answered " + answer.head());
        } catch (ForebayException e) {
            return e;
        }
    }

    /** Waits until no flight is under way: what it brought is stored by then. */
    void awaitLanded() {
        await("flights", () -> cache.flights() == 0);
    }

    /** Waits until no flight is under way and what failed ones had taken of the disk has been given back. */
    void awaitNothingLeft() {
        awaitLanded();
        await("claims", () -> store.room().claimedBytes() == 0);
        await("files", () -> {
            String[] drafts = directory.resolve("store/tmp").toFile().list();
            return drafts != null && drafts.length == 0;
        });
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + PATIENCE + ": " + what);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(2);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    // ---- bytes

    static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    static String sha256(byte[] body) {
        return hex("SHA-256", body);
    }

    static String md5(byte[] body) {
        return hex("MD5", body);
    }

    private static String hex(String algorithm, byte[] body) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(body));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        if (ownsOrigin) {
            origin.close();
        }
        cache.close();
        origins.close();
        catalog.close();
        reads.disposeLater().block(PATIENCE);
        store.close();
    }
}
