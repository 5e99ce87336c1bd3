package io.forebay.app;

import io.forebay.cache.Turns;
import io.forebay.cache.Upkeep;
import io.forebay.catalog.Catalog;
import io.forebay.model.ForebayException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;

/**
 * What a server does once a day by itself: old history is thinned, what nothing names goes, old download counts go. While a
 * backup, an export or other work on the whole store runs, it waits.
 */
final class Chores implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Chores.class);
    static final Duration FIRST = Duration.ofMinutes(15);
    private static final Duration EVERY = Duration.ofDays(1);

    /** Between two looks whether it is its turn. */
    static final Duration AGAIN = Duration.ofMinutes(10);

    /** The next day's round comes then. */
    private static final long LOOKS_MAX = EVERY.dividedBy(AGAIN) - 1;

    private final Disposable running;

    /** @param time on which the clock runs */
    Chores(Upkeep upkeep, Catalog catalog, Duration usageRetention, Turns turns, Scheduler time) {
        running = Flux.interval(FIRST, EVERY, time)
                .onBackpressureDrop()
                .concatMap(day -> collected(upkeep, turns, time)
                        .then(Mono.defer(() -> forgotten(catalog, usageRetention)))
                        .onErrorResume(e -> {
                            LOG.warn("The daily upkeep ended early: {}", e.getMessage());
                            return Mono.empty();
                        }))
                .subscribe();
    }

    private static Mono<Void> collected(Upkeep upkeep, Turns turns, Scheduler time) {
        return Flux.defer(() -> turns.take(upkeep.collect(done -> {}).flux()))
                .retryWhen(Retry.fixedDelay(LOOKS_MAX, AGAIN)
                        .scheduler(time)
                        .filter(e -> e instanceof ForebayException known
                                && known.kind() == ForebayException.Kind.OVERLOADED))
                .doOnNext(collected -> LOG.info("Daily upkeep: {}", collected))
                .then();
    }

    private static Mono<Void> forgotten(Catalog catalog, Duration usageRetention) {
        return catalog.forgetUses(LocalDate.now(ZoneOffset.UTC).minusDays(usageRetention.toDays()))
                .then();
    }

    @Override
    public void close() {
        running.dispose();
    }
}
