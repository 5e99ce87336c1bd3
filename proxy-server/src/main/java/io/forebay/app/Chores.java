package io.forebay.app;

import io.forebay.cache.Upkeep;
import io.forebay.catalog.Catalog;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What a server does once a day by itself: old history is thinned, what nothing names goes, old download counts go. */
final class Chores implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Chores.class);
    private static final Duration FIRST = Duration.ofMinutes(15);
    private static final Duration EVERY = Duration.ofDays(1);

    private final Disposable running;

    Chores(Upkeep upkeep, Catalog catalog, Duration usageRetention) {
        running = Flux.interval(FIRST, EVERY, Schedulers.parallel())
                .onBackpressureDrop()
                .concatMap(day -> round(upkeep, catalog, usageRetention).onErrorResume(e -> {
                    LOG.warn("The daily upkeep ended early: {}", e.getMessage());
                    return Mono.empty();
                }))
                .subscribe();
    }

    private static Mono<Void> round(Upkeep upkeep, Catalog catalog, Duration usageRetention) {
        LocalDate first = LocalDate.now(ZoneOffset.UTC).minusDays(usageRetention.toDays());
        return catalog.forgetUses(first)
                .then(upkeep.collect())
                .doOnNext(collected -> LOG.info("Daily upkeep: {}", collected))
                .then();
    }

    @Override
    public void close() {
        running.dispose();
    }
}
