package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.catalog.Entry;
import io.forebay.model.Digest;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pure parts of the cache, case by case. */
class CacheTablesTest {
    private static final Instant NOW = Instant.parse("2026-03-10T12:00:00Z");

    private static Entry entry(Nature nature, Duration age) {
        return new Entry(
                ResourceKey.of("s", "x"),
                nature,
                new Digest("0".repeat(64)),
                1,
                Head.EMPTY,
                "http://127.0.0.1/x",
                NOW.minus(age),
                NOW.minus(age));
    }

    @ParameterizedTest
    @DisplayName(
            "failures 17: what to do with an entry by its nature and age; a clock that steps backwards expires nothing")
    @CsvSource({
        "ARTIFACT, PT0S, SERVE",
        "ARTIFACT, P3650D, SERVE",
        "ARTIFACT, PT-1H, SERVE",
        "INDEX, PT0S, SERVE",
        "INDEX, PT-24H, SERVE",
        "INDEX, PT9M59S, SERVE",
        "INDEX, PT10M, SERVE_AND_REVALIDATE",
        "INDEX, PT1H9M59S, SERVE_AND_REVALIDATE",
        "INDEX, PT1H10M, REVALIDATE",
        "INDEX, P400D, REVALIDATE"
    })
    void decision_byAge(Nature nature, Duration age, CacheDecision expected) {
        assertThat(CacheDecision.of(Optional.of(entry(nature, age)), NOW, CacheOptions.DEFAULTS))
                .isEqualTo(expected);
    }

    @Test
    void decision_nothingHeld_fetch() {
        assertThat(CacheDecision.of(Optional.empty(), NOW, CacheOptions.DEFAULTS))
                .isEqualTo(CacheDecision.FETCH);
    }

    @ParameterizedTest
    @CsvSource({"PT-1H, true", "P30D, true", "P30DT9M59S, true", "P30DT10M, false"})
    void mayServeOnError_untilStaleIfError(Duration age, boolean expected) {
        assertThat(CacheDecision.mayServeOnError(entry(Nature.INDEX, age), NOW, CacheOptions.DEFAULTS))
                .isEqualTo(expected);
    }

    @Test
    void age_clockBackwards_isZero() {
        assertThat(CacheDecision.age(entry(Nature.INDEX, Duration.ofHours(-1)), NOW))
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "a.tar.gz, 1f8b08, true",
        "A.TGZ, 1f8b, true",
        "a.tar.gz, 1f, false",
        "a.tar.gz, 3c68746d6c, false",
        "a.whl, 504b0304, true",
        "a.zip, 504b, true",
        "a.whl, 7b7d, false",
        "a.tar.xz, fd377a585a00, true",
        "a.tar.xz, fd377a585a, false",
        "a.tar.bz2, 425a6839, true",
        "a.rds, 1f8b, true",
        "a.rds, 580a, true",
        "a.rds, 410a, true",
        "a.rds, 3c21, false",
        "PACKAGES, 3c21, true",
        "gz/a, 00, true"
    })
    void magic_byNameAndFirstBytes(String name, String hex, boolean expected) {
        byte[] first = HexFormat.of().parseHex(hex);
        assertThat(Magic.of("/x/" + name).agrees(first, first.length)).isEqualTo(expected);
    }

    @Test
    void magic_empty_agreesWithNothingThatHasOne() {
        assertThat(Magic.of("/a.whl").agrees(new byte[0], 0)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "'Tue, 10 Mar 2026 12:00:00 GMT', true",
                "'Tuesday, 10-Mar-26 12:00:00 GMT', false",
                "'Tue Mar 10 12:00:00 2026', false",
                "rubbish, false",
                "'', false",
                "-, false"
            })
    void httpTime_onlyTheFormThatMayBeSent(String value, boolean readable) {
        assertThat(HttpTime.parse(value)).isEqualTo(readable ? Optional.of(NOW) : Optional.empty());
        assertThat(HttpTime.format(NOW)).isEqualTo("Tue, 10 Mar 2026 12:00:00 GMT");
    }

    @ParameterizedTest
    @CsvSource({
        "HIT, forebay; hit; ttl=7",
        "STALE, forebay; hit; ttl=7",
        "MISS, forebay; fwd=miss; fwd-status=200",
        "COLLAPSED, forebay; fwd=miss; collapsed; fwd-status=200",
        "REVALIDATED, forebay; fwd=stale; fwd-status=200"
    })
    void cacheStatus_isRfc9211(CacheStatus.Kind kind, String value) {
        assertThat(new CacheStatus(kind, OptionalInt.of(200), 7).value()).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource({"'\"a\"', true", "'W/\"a\"', false"})
    void etag_weakIsNotStrong(String etag, boolean strong) {
        assertThat(Heads.isStrong(Optional.of(etag))).isEqualTo(strong);
        assertThat(Heads.isStrong(Optional.empty())).isFalse();
    }

    @ParameterizedTest
    @DisplayName("failures 18 and 32: 404 is remembered for 60 s, failures for 5 s, ours not at all")
    @CsvSource({
        "NOT_FOUND, 59, true",
        "NOT_FOUND, 61, false",
        "ORIGIN_UNAVAILABLE, 4, true",
        "ORIGIN_UNAVAILABLE, 6, false",
        "ORIGIN_INVALID, 1, true",
        "CORRUPT, 4, true",
        "CORRUPT, 6, false",
        "INTERNAL, 0, false",
        "OVERLOADED, 0, false"
    })
    void negatives_byKindAndTime(Kind kind, long seconds, boolean remembered) {
        AtomicLong nanos = new AtomicLong();
        Negatives negatives = new Negatives(CacheOptions.DEFAULTS, nanos::get);
        ResourceKey key = ResourceKey.of("s", "x");
        negatives.remember(key, new ForebayException(kind, "text"));
        nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
        assertThat(negatives.find(key).isPresent()).isEqualTo(remembered);
        negatives.forget(key);
        assertThat(negatives.find(key)).isEmpty();
    }
}
