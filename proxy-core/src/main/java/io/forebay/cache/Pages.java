package io.forebay.cache;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.forebay.catalog.Catalog;
import io.forebay.catalog.Entry;
import io.forebay.model.Candidate;
import io.forebay.model.Digest;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Head;
import io.forebay.model.Part;
import io.forebay.model.Plan;
import io.forebay.model.Renderer;
import io.forebay.model.Rendition;
import io.forebay.model.ResourceKey;
import io.forebay.model.View;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPOutputStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Pages computed from revisions. A page is a pure function of the revisions, the date and the policy, so it is kept by exactly
 * these and never grows old: when a source has a new revision, another page is asked for.
 */
final class Pages {
    /** Below this a gzip-coded form saves no packet. */
    private static final int GZIP_FROM_BYTES = 1024;

    /** Pages whose cuts are kept; most have none. */
    private static final int CUTS_MAX = 20_000;

    /** Requests whose page of this moment is known at once; about 300 bytes each. */
    private static final int CURRENT_MAX = 20_000;

    private record Key(
            String renderer, List<Digest> revisions, Map<String, Digest> cut, Optional<Instant> before, String epoch) {}

    /** From here on a page takes so long to compute and to code that clients would notice. */
    static final int LARGE_BYTES = 1 << 20;

    /** A page of one policy, whatever the revisions: what an older one can stand in for. */
    private record Line(String renderer, List<ResourceKey> parts, String epoch) {}

    /** Which page was current, and when last. */
    private record Current(Key key, Instant at) {}

    /**
     * A page in both codings; of a large one the coded form comes a moment later.
     *
     * @param outdated another page is being computed in its place
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Page(Head head, byte[] body, Optional<byte[]> gzip, String gzipEtag, boolean outdated) {
        int weight() {
            return body.length + gzip.map(coded -> coded.length).orElse(0) + 500;
        }

        boolean isLarge() {
            return body.length >= LARGE_BYTES;
        }

        Page withGzip(byte[] coded) {
            return new Page(head, body, Optional.of(coded), gzipEtag, outdated);
        }

        Page asOutdated() {
            return new Page(head, body, gzip, gzipEtag, true);
        }
    }

    private final Catalog catalog;
    private final Blobs blobs;
    private final Scheduler workers;
    private final Duration outdatedFor;
    private final InstantSource clock;
    private final AsyncCache<Key, Page> pages;
    private final Cache<Line, Current> current =
            Caffeine.newBuilder().maximumSize(CURRENT_MAX).build();
    private final AtomicLong cutsSoFar = new AtomicLong();
    private final AsyncCache<ResourceKey, Map<String, Digest>> cuts =
            Caffeine.newBuilder().maximumSize(CUTS_MAX).buildAsync();

    /** @param outdatedFor how long a large page may still be answered with after it was current */
    Pages(
            Catalog catalog,
            Blobs blobs,
            Scheduler workers,
            long memoryBytes,
            Duration outdatedFor,
            InstantSource clock) {
        this.outdatedFor = outdatedFor;
        this.clock = clock;
        this.catalog = catalog;
        this.blobs = blobs;
        this.workers = workers;
        this.pages = Caffeine.newBuilder()
                .maximumWeight(memoryBytes)
                .weigher((Key key, Page page) -> page.weight())
                .buildAsync();
    }

    /** One source's part of a page. */
    record Source(Candidate candidate, Entry entry) {}

    /**
     * The page of these revisions; rendered by a worker when it is not kept. Until a large one is, who asks gets the one that
     * was current a moment ago.
     */
    Mono<Page> page(Plan.Rendered plan, List<Source> sources, View view) {
        return cuts(sources).flatMap(cut -> {
            Key key = new Key(
                    plan.renderer().id(),
                    sources.stream().map(source -> source.entry().digest()).toList(),
                    cut,
                    view.before(),
                    view.gate().epoch());
            Line line = new Line(
                    plan.renderer().id(),
                    sources.stream().map(source -> source.entry().key()).toList(),
                    key.epoch());
            return Mono.fromFuture(
                    () -> {
                        CompletableFuture<Page> wanted = pages.get(
                                key, (k, executor) -> codedBehind(key, rendered(plan.renderer(), sources, cut, view)));
                        return key.before().isPresent() ? wanted : currentOr(wanted, line, key);
                    },
                    true);
        });
    }

    private CompletableFuture<Page> currentOr(CompletableFuture<Page> wanted, Line line, Key key) {
        if (!wanted.isDone()) {
            Optional<Page> outdated = outdated(line);
            if (outdated.isPresent()) {
                return CompletableFuture.completedFuture(outdated.get().asOutdated());
            }
        }
        return wanted.whenComplete((page, failure) -> {
            if (page != null && page.isLarge()) {
                current.put(line, new Current(key, clock.instant()));
            }
        });
    }

    private Optional<Page> outdated(Line line) {
        return Optional.ofNullable(current.getIfPresent(line))
                .filter(last -> last.at().plus(outdatedFor).isAfter(clock.instant()))
                .map(last -> pages.synchronous().getIfPresent(last.key()));
    }

    /** No outdated page of this resource is answered with any more. */
    void forget(ResourceKey part) {
        current.asMap().keySet().removeIf(line -> line.parts().contains(part));
    }

    private CompletableFuture<Page> codedBehind(Key key, Mono<Page> rendering) {
        CompletableFuture<Page> page = rendering.toFuture();
        page.thenAccept(whole -> {
            if (whole.isLarge() && !isCompressed(whole.body())) {
                workers.schedule(() -> pages.synchronous().put(key, whole.withGzip(gzip(whole.body()))));
            }
        });
        return page;
    }

    /** From memory once they are known: a hit asks no database. */
    private Mono<Map<String, Digest>> cuts(List<Source> sources) {
        if (sources.size() != 1) {
            return Mono.just(Map.of());
        }
        ResourceKey page = sources.get(0).entry().key();
        return Mono.fromFuture(
                        () -> cuts.get(
                                page, (key, executor) -> catalog.cuts(key).toFuture()),
                        true)
                .onErrorReturn(Map.of());
    }

    /** Something was cut out of an artifact of the page, and is recorded: what was read before that is not kept. */
    void cut(ResourceKey page) {
        cuts.asMap().remove(page);
        cutsSoFar.incrementAndGet();
    }

    /** Of all pages: they are few, and a hit compares one number. */
    long cutsSoFar() {
        return cutsSoFar.get();
    }

    private Mono<Page> rendered(Renderer renderer, List<Source> sources, Map<String, Digest> cut, View view) {
        return Flux.fromIterable(sources)
                .concatMap(source -> part(source, cut))
                .collectList()
                .publishOn(workers)
                .map(parts -> coded(renderer.render(parts, view), newest(sources)));
    }

    private Mono<Part> part(Source source, Map<String, Digest> cut) {
        Entry entry = source.entry();
        return blobs.read(entry.digest(), Listings.INDEX_BYTES_MAX)
                .switchIfEmpty(Mono.defer(() -> catalog.forget(entry.digest())
                        .then(Mono.error(new ForebayException(
                                Kind.ORIGIN_UNAVAILABLE, entry.key().path() + " was lost; ask again")))))
                .map(body -> new Part(
                        source.candidate().source(), entry.key(), entry.url(), entry.head(), entry.seen(), cut, body));
    }

    private static Optional<Instant> newest(List<Source> sources) {
        return sources.stream()
                .flatMap(source -> source.entry().head().lastModified().stream())
                .max(Comparator.naturalOrder());
    }

    private static Page coded(Rendition rendition, Optional<Instant> lastModified) {
        String tag = tag(rendition);
        Head head = new Head(
                Optional.of(rendition.contentType()),
                Optional.of('"' + tag + '"'),
                Optional.empty(),
                lastModified,
                rendition.extra());
        byte[] body = rendition.body();
        boolean now = body.length >= GZIP_FROM_BYTES && body.length < LARGE_BYTES && !isCompressed(body);
        return new Page(head, body, now ? Optional.of(gzip(body)) : Optional.empty(), '"' + tag + "-gz\"", false);
    }

    /** PACKAGES.gz and PACKAGES.rds are gzip files by themselves (RFC 1952: the first two bytes). */
    private static boolean isCompressed(byte[] body) {
        return body.length > 1 && body[0] == 0x1f && body[1] == (byte) 0x8b;
    }

    /** By content and media type: JSON and HTML of one page differ, restarts and nodes do not. */
    private static String tag(Rendition rendition) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(rendition.contentType().getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest.digest(rendition.body()), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }

    private static byte[] gzip(byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(body.length / 4);
        try (GZIPOutputStream gzip = new GZIPOutputStream(out, 8192)) {
            gzip.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
