package io.forebay.app;

import io.forebay.admin.Figures;
import io.forebay.cache.Eviction;
import io.forebay.model.Exchange;
import io.forebay.model.Source;
import io.forebay.observe.Recent;
import io.forebay.upstream.Origins;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** What pages show of the running server, from who knows it. */
record LiveFigures(Recent recent, Origins origins, Supplier<List<Source>> declared, Eviction eviction, long quotaBytes)
        implements Figures {
    @Override
    public Traffic sinceStart() {
        return traffic(recent.sinceStart());
    }

    @Override
    public List<Traffic> lastHour() {
        return recent.lastHour().stream().map(LiveFigures::traffic).toList();
    }

    @Override
    public List<Answered> slowest() {
        return recent.slowest().stream().map(LiveFigures::answered).toList();
    }

    @Override
    public List<Answered> failures() {
        return recent.failures().stream().map(LiveFigures::answered).toList();
    }

    @Override
    public List<SourceState> sources() {
        return declared.get().stream().map(this::health).toList();
    }

    @Override
    public Evicted evicted() {
        return new Evicted(eviction.evicted().blobs(), eviction.evicted().bytes());
    }

    private SourceState health(Source source) {
        return Optional.ofNullable(origins.health().get(source.name()))
                .map(health -> new SourceState(
                        source.name(),
                        source.url().toString(),
                        health.open() ? Optional.of(Instant.ofEpochMilli(health.retryAt())) : Optional.empty(),
                        instant(health.lastSuccess()),
                        instant(health.lastFailure()),
                        health.lastError()))
                .orElseGet(() -> new SourceState(
                        source.name(),
                        source.url().toString(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        ""));
    }

    private static Optional<Instant> instant(long millis) {
        return millis == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }

    private static Traffic traffic(Recent.Count count) {
        return new Traffic(
                Instant.EPOCH.plus(Duration.ofMinutes(count.minute())),
                count.requests(),
                count.hits(),
                count.failed(),
                count.bytes(),
                count.fetched());
    }

    private static Answered answered(Exchange exchange) {
        return new Answered(
                Instant.ofEpochMilli(exchange.endMillis()),
                exchange.target(),
                exchange.status(),
                exchange.cacheStatus().label(),
                exchange.failure()
                        .map(kind -> kind.name().toLowerCase(Locale.ROOT))
                        .orElse(""),
                exchange.bytes(),
                exchange.firstByteNanos(),
                exchange.totalNanos());
    }
}
