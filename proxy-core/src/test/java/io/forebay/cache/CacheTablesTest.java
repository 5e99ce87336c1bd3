package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.catalog.Entry;
import io.forebay.model.Algorithm;
import io.forebay.model.Checksum;
import io.forebay.model.Digest;
import io.forebay.model.Expectation;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import io.forebay.store.Draft;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

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
                "'Wed, 10 Mar 2026 12:00:00 GMT', false",
                "'Tue, 10 Mar 2026 12:00:00 UTC', false",
                "'Tue, 10 Mar 2026 12:00:00 GMT and whatever an origin may add to it until it is longer', false",
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

    @ParameterizedTest
    @DisplayName("an origin or a circuit that names a time is asked again after it, but not later than a minute")
    @CsvSource({"2, 1, true", "2, 3, false", "59, 58, true", "60, 59, true", "3600, 59, true", "3600, 61, false"})
    void negatives_namedTime_withinAMinute(long named, long seconds, boolean remembered) {
        AtomicLong nanos = new AtomicLong();
        Negatives negatives = new Negatives(CacheOptions.DEFAULTS, nanos::get);
        ResourceKey key = ResourceKey.of("s", "x");
        Optional<Duration> time = Optional.of(Duration.ofSeconds(named));
        negatives.remember(key, new ForebayException(Kind.ORIGIN_UNAVAILABLE, "text", time, null));
        nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
        assertThat(negatives.find(key).isPresent()).isEqualTo(remembered);
        negatives.forgetAll();
        assertThat(negatives.find(key)).isEmpty();
    }

    private static final Checksum MD5 = new Checksum(Algorithm.MD5, "a".repeat(32));
    private static final Checksum OTHER_MD5 = new Checksum(Algorithm.MD5, "b".repeat(32));
    private static final Checksum SHA256 = new Checksum(Algorithm.SHA256, "c".repeat(64));
    private static final Checksum OTHER_SHA256 = new Checksum(Algorithm.SHA256, "d".repeat(64));
    private static final Checksum SHA512 = new Checksum(Algorithm.SHA512, "e".repeat(128));
    private static final Draft.Sum SUM = new Draft.Sum(new Digest(SHA256.hex()), 7, List.of(SHA256, MD5));

    private static Stream<Arguments> promises() {
        return Stream.of(
                Arguments.of(List.of(), OptionalLong.empty(), "", true),
                Arguments.of(List.of(), OptionalLong.of(7), "", true),
                Arguments.of(List.of(SHA256, MD5), OptionalLong.of(8), "promised 8 bytes, came 7", true),
                Arguments.of(List.of(SHA256, MD5), OptionalLong.of(7), "", true),
                Arguments.of(List.of(MD5), OptionalLong.empty(), "", true),
                Arguments.of(
                        List.of(SHA256, OTHER_MD5),
                        OptionalLong.empty(),
                        "promised " + OTHER_MD5 + ", came " + MD5,
                        true),
                Arguments.of(
                        List.of(OTHER_SHA256),
                        OptionalLong.of(7),
                        "promised " + OTHER_SHA256 + ", came " + SHA256,
                        true),
                // What was not computed says nothing for or against.
                Arguments.of(List.of(SHA512), OptionalLong.empty(), "", false),
                Arguments.of(List.of(MD5, SHA512), OptionalLong.of(7), "", false));
    }

    @ParameterizedTest
    @MethodSource("promises")
    void verification_bySizeAndEachChecksum(
            List<Checksum> checksums, OptionalLong size, String mismatch, boolean covered) {
        Expectation promised = new Expectation(checksums, size);
        assertThat(Verification.mismatch(SUM, promised).orElse("")).isEqualTo(mismatch);
        assertThat(Verification.covers(SUM, promised)).isEqualTo(covered);
        assertThat(Verification.algorithms(promised))
                .containsExactlyInAnyOrderElementsOf(
                        checksums.stream().map(Checksum::algorithm).toList());
    }

    @Test
    void digestPrefixes_moreThanTheFirstRoom_holdsAllOfThemAndNoOther() {
        DigestPrefixes prefixes = new DigestPrefixes();
        for (int i = 0; i < 3_000; i++) {
            prefixes.add(digest(2 * i));
            if (i % 1_000 == 0) {
                assertThat(prefixes.contains(digest(2 * i))).isTrue();
            }
        }
        for (int i = 0; i < 3_000; i++) {
            assertThat(prefixes.contains(digest(2 * i))).isTrue();
            assertThat(prefixes.contains(digest(2 * i + 1))).isFalse();
        }
    }

    /** Spread over the whole range, the sign of a long included. */
    private static Digest digest(int number) {
        return new Digest(String.format("%016x", number * 0x9e37_79b9_7f4a_7c15L) + "0".repeat(48));
    }
}
