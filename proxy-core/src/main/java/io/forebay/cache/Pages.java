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
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    private record Key(
            String renderer, List<Digest> revisions, Map<String, Digest> cut, Optional<Instant> before, String epoch) {}

    /** A page in both codings. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Page(Head head, byte[] body, Optional<byte[]> gzip, String gzipEtag) {
        int weight() {
            return body.length + gzip.map(coded -> coded.length).orElse(0) + 500;
        }
    }

    private final Catalog catalog;
    private final Blobs blobs;
    private final Scheduler workers;
    private final AsyncCache<Key, Page> pages;
    private final Cache<ResourceKey, Map<String, Digest>> cuts =
            Caffeine.newBuilder().maximumSize(CUTS_MAX).build();

    Pages(Catalog catalog, Blobs blobs, Scheduler workers, long memoryBytes) {
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

    /** The page of these revisions; rendered by a worker when it is not kept. */
    Mono<Page> page(Plan.Rendered plan, List<Source> sources, View view) {
        return cuts(sources).flatMap(cut -> {
            Key key = new Key(
                    plan.renderer().id(),
                    sources.stream().map(source -> source.entry().digest()).toList(),
                    cut,
                    view.before(),
                    view.gate().epoch());
            return Mono.fromFuture(
                    () -> pages.get(key, (k, executor) -> rendered(plan.renderer(), sources, cut, view)
                            .toFuture()),
                    true);
        });
    }

    /** From memory once they are known: a hit asks no database. */
    private Mono<Map<String, Digest>> cuts(List<Source> sources) {
        if (sources.size() != 1) {
            return Mono.just(Map.of());
        }
        ResourceKey page = sources.get(0).entry().key();
        Map<String, Digest> known = cuts.getIfPresent(page);
        return known != null
                ? Mono.just(known)
                : catalog.cuts(page).doOnNext(found -> cuts.put(page, found)).onErrorReturn(Map.of());
    }

    /** Something was cut out of an artifact of the page. */
    void cut(ResourceKey page) {
        cuts.invalidate(page);
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
                        source.candidate().source(), entry.key(), entry.base(), entry.head(), entry.seen(), cut, body));
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
        Optional<byte[]> gzip =
                rendition.body().length < GZIP_FROM_BYTES ? Optional.empty() : Optional.of(gzip(rendition.body()));
        return new Page(head, rendition.body(), gzip, '"' + tag + "-gz\"");
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
