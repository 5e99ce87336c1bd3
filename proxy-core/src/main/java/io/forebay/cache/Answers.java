package io.forebay.cache;

import io.forebay.catalog.Catalog;
import io.forebay.catalog.Entry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Answers of what is held: how old it is, how long it may be kept, and for how long it stands. Safe for use by many threads. */
final class Answers {
    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    private final Catalog catalog;
    private final Blobs blobs;
    private final CacheOptions options;
    private final InstantSource clock;

    Answers(Catalog catalog, Blobs blobs, CacheOptions options, InstantSource clock) {
        this.catalog = catalog;
        this.blobs = blobs;
        this.options = options;
        this.clock = clock;
    }

    /** Opens what is held. Bytes that are gone make it a miss, and the row is taken back. */
    Mono<Answer> opened(Entry entry, CacheStatus status, boolean immutable) {
        return blobs.open(entry.digest())
                .map(body -> stored(entry, body, status, immutable))
                .switchIfEmpty(Mono.defer(
                        () -> catalog.forget(entry.digest()).onErrorComplete().then(Mono.empty())))
                .onErrorResume(e -> {
                    LOG.warn("{} cannot be read now and is fetched again: {}", entry.key(), e.getMessage());
                    blobs.cannotBeRead(entry.digest());
                    return Mono.empty();
                });
    }

    Answer stored(Entry entry, Body body, CacheStatus status, boolean immutable) {
        Answer answer = new Answer(
                entry.head(),
                body,
                Optional.empty(),
                false,
                CacheDecision.age(entry, clock.instant()),
                immutable ? PackageCache.FOR_EVER : options.indexTtl(),
                immutable,
                status);
        return status.kind() == CacheStatus.Kind.HIT
                ? answer.standing(new HotStanding(catalog, List.of(entry), options, clock, immutable))
                : answer;
    }

    CacheStatus status(Indexes.Resolved resolved) {
        Duration age = CacheDecision.age(resolved.entry(), clock.instant());
        return new CacheStatus(
                resolved.how(),
                resolved.originStatus(),
                options.indexTtl().minus(age).toSeconds());
    }

    /** @param parts what the page was computed from, never none */
    Answer page(Pages.Page page, List<Indexes.Resolved> parts, boolean past) {
        Duration age = Duration.ZERO;
        Indexes.Resolved worst = parts.get(0);
        for (Indexes.Resolved part : parts) {
            Duration partAge = CacheDecision.age(part.entry(), clock.instant());
            age = partAge.compareTo(age) > 0 ? partAge : age;
            worst = part.how().compareTo(worst.how()) > 0 ? part : worst;
        }
        Answer answer = new Answer(
                page.head(),
                MemoryBody.of(page.body()),
                page.gzip().map(gzip -> new Answer.Coded(page.gzipEtag(), MemoryBody.of(gzip))),
                true,
                past ? Duration.ZERO : age,
                past ? PackageCache.PAST_DAY : page.outdated() ? age : options.indexTtl(),
                false,
                status(worst));
        return past || page.outdated() || worst.how() != CacheStatus.Kind.HIT
                ? answer
                : answer.standing(new HotStanding(
                        catalog, parts.stream().map(Indexes.Resolved::entry).toList(), options, clock, false));
    }
}
