package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.catalog.Catalog.Quarantined;
import io.forebay.catalog.Entry;
import io.forebay.catalog.Notes;
import io.forebay.model.Digest;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows and bytes that do not agree, and disks that forget. */
class UpkeepTest {
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
    private static final byte[] NO_NOTE = "?".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path directory;

    private Shelf shelf;
    private Upkeep upkeep;

    @BeforeEach
    void open() {
        shelf = new Shelf(directory, Long.MAX_VALUE);
        upkeep = new Upkeep(shelf.store, shelf.catalog, Duration.ofDays(90), InstantSource.fixed(NOW));
    }

    @AfterEach
    void close() {
        shelf.close();
    }

    private Upkeep.Collected collect() {
        return upkeep.collect(done -> {}).block(Shelf.WAIT);
    }

    private static void damage(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    void collect_everythingInOrder_doesNothing() {
        shelf.artifact("a.whl", 5_000, NOW);
        shelf.artifact("b.whl", 500, NOW);
        assertThat(collect()).isEqualTo(new Upkeep.Collected(0, 0, 0, 0));
        assertThat(shelf.store.usage().blobs()).isEqualTo(2);
    }

    @Test
    void collect_tellsHowFarItIs() {
        shelf.artifact("a.whl", 5_000, NOW);
        shelf.artifact("b.whl", 500, NOW);
        List<Long> told = new ArrayList<>();
        upkeep.collect(told::add).block(Shelf.WAIT);
        assertThat(told).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void collect_blobWithoutRowAndNote_goes() {
        shelf.artifact("a.whl", 5_000, NOW);
        Digest orphan = shelf.write(Shelf.bytes(6_000, 1), NO_NOTE);
        assertThat(collect()).isEqualTo(new Upkeep.Collected(0, 1, 0, 0));
        assertThat(shelf.store.contains(orphan)).isFalse();
    }

    @Test
    void collect_blobWithANoteAndNoRow_getsItsRow() {
        byte[] bytes = Shelf.bytes(6_000, 1);
        Entry entry = new Entry(
                ResourceKey.of("pypi", "a.whl"),
                Nature.ARTIFACT,
                Shelf.digest(bytes),
                bytes.length,
                Head.EMPTY,
                "https://origin.test/a.whl",
                NOW,
                NOW);
        shelf.write(bytes, Notes.write(entry));
        assertThat(collect()).isEqualTo(new Upkeep.Collected(0, 0, 1, 0));
        assertThat(shelf.catalog.find(entry.key()).block(Shelf.WAIT)).isEqualTo(entry);
    }

    @Test
    @DisplayName("failures 9: a row whose blob is gone is forgotten")
    void collect_rowWithoutBlob_isForgotten() {
        Digest gone = shelf.artifact("a.whl", 500, NOW);
        shelf.store.delete(gone).block(Shelf.WAIT);
        assertThat(collect()).isEqualTo(new Upkeep.Collected(0, 0, 0, 1));
        assertThat(shelf.catalog.find(ResourceKey.of("pypi", "a.whl")).block(Shelf.WAIT))
                .isNull();
    }

    @Test
    void collect_historyOlderThanTheLimit_isThinnedToOneADay() {
        List<Digest> old = new ArrayList<>();
        List<Digest> recent = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            old.add(page("old " + i, NOW.minus(Duration.ofDays(100)).plusSeconds(i)));
        }
        for (int i = 0; i < 3; i++) {
            recent.add(page("new " + i, NOW.minus(Duration.ofDays(89)).plusSeconds(i)));
        }
        assertThat(collect()).isEqualTo(new Upkeep.Collected(2, 0, 0, 0));
        assertThat(old).filteredOn(shelf.store::contains).containsExactly(old.get(2));
        assertThat(recent).allMatch(shelf.store::contains);
        assertThat(collect()).as("thinned out for good").isEqualTo(new Upkeep.Collected(0, 0, 0, 0));
    }

    @Test
    void collect_thinnedRevisionWithTheBytesOfAKeptOne_isNotCounted() {
        Instant day = NOW.minus(Duration.ofDays(100));
        Digest twice = page("as before", day);
        page("between", day.plusSeconds(1));
        page("as before", day.plusSeconds(2));
        assertThat(collect()).isEqualTo(new Upkeep.Collected(1, 0, 0, 0));
        assertThat(shelf.store.contains(twice)).isTrue();
    }

    @Test
    void collect_rowIsMadeFromANote_whatWasForgottenBesideItStaysForgotten() {
        Digest shared = shelf.artifact("a.whl", 5_000, NOW);
        shelf.keep("b.whl", Nature.ARTIFACT, Shelf.bytes(5_000, "a.whl".hashCode()), "https://origin.test/b.whl", NOW);
        Digest unnamed = shelf.artifact("c.whl", 5_000, NOW);
        shelf.catalog.forget(unnamed).block(Shelf.WAIT);
        shelf.catalog.forget(ResourceKey.of("pypi", "a.whl")).block(Shelf.WAIT);
        assertThat(collect()).isEqualTo(new Upkeep.Collected(0, 0, 1, 0));
        assertThat(shelf.store.contains(shared)).isTrue();
        assertThat(shelf.catalog.find(ResourceKey.of("pypi", "c.whl")).block(Shelf.WAIT))
                .isNotNull();
        assertThat(shelf.catalog.find(ResourceKey.of("pypi", "a.whl")).block(Shelf.WAIT))
                .isNull();
    }

    private Digest page(String text, Instant seen) {
        return shelf.keep(
                "simple/", Nature.INDEX, text.getBytes(StandardCharsets.UTF_8), "https://origin.test/simple/", seen);
    }

    @Test
    @DisplayName("reliability 80: one bit flipped is found, the blob removed, told in quarantine and fetched again")
    void verify_damagedBlob_isRemovedAndTold() throws IOException {
        Digest sound = shelf.artifact("a.whl", 5_000, NOW);
        Digest bad = shelf.artifact("b.whl", 5_000, NOW);
        shelf.artifact("c.whl", 5_000, NOW);
        damage(shelf.file(bad));
        List<Long> progress = new ArrayList<>();
        assertThat(upkeep.verify((done, total) -> progress.add(done)).block(Shelf.WAIT))
                .isEqualTo(new Upkeep.Verified(3, 1, 0, 0));
        assertThat(progress).containsExactly(1L, 2L, 3L);
        assertThat(shelf.store.contains(bad)).isFalse();
        assertThat(shelf.store.contains(sound)).isTrue();
        assertThat(shelf.catalog.find(ResourceKey.of("pypi", "b.whl")).block(Shelf.WAIT))
                .isNull();
    }

    @Test
    void verify_damagedBlob_isInQuarantine() throws IOException {
        Digest bad = shelf.artifact("b.whl", 5_000, NOW);
        damage(shelf.file(bad));
        upkeep.check(bad, Long.MAX_VALUE).block(Shelf.WAIT);
        shelf.catalog.idle(1).blockLast(Shelf.WAIT);
        assertThat(shelf.catalog.quarantined(10).collectList().block(Shelf.WAIT))
                .containsExactly(new Quarantined(
                        ResourceKey.of("pypi", "b.whl"),
                        "https://origin.test/b.whl",
                        "the stored bytes were damaged",
                        NOW));
    }

    @Test
    void scrub_findsDamageByItself_atItsPace() throws Exception {
        Digest bad = shelf.artifact("b.whl", 5_000, NOW);
        damage(shelf.file(bad));
        try (Scrub scrub = new Scrub(shelf.store, upkeep, 1 << 20, Duration.ZERO)) {
            CacheFixture.await("damage", () -> scrub.damaged() == 1);
            assertThat(scrub.damaged()).isEqualTo(1);
            assertThat(scrub.checked()).isEqualTo(1);
        }
        assertThat(shelf.store.contains(bad)).isFalse();
    }

    @Test
    void scrub_whatCannotBeRead_keepsItFromNoOther() {
        for (int i = 0; i < 16; i++) {
            shelf.artifact(i + ".whl", 5_000, NOW);
        }
        FaultyStore store = new FaultyStore(shelf.store);
        // A pass begins anywhere and ends with the last.
        List<Digest> digests = store.digests().collectList().block(Shelf.WAIT);
        store.unreadable(Set.copyOf(digests.subList(0, 15)));
        Upkeep of = new Upkeep(store, shelf.catalog, Duration.ofDays(90), InstantSource.fixed(NOW));
        try (Scrub scrub = new Scrub(store, of, 1 << 20, Duration.ZERO)) {
            CacheFixture.await("the last", () -> scrub.checked() == 1);
            assertThat(scrub.damaged()).isZero();
        }
    }

    @Test
    void check_pace_isKeptForSmallBlobsToo() {
        Digest one = shelf.artifact("a.whl", 1_000, NOW);
        long begin = System.nanoTime();
        assertThat(upkeep.check(one, 10_000).block(Shelf.WAIT)).isTrue();
        assertThat(System.nanoTime() - begin)
                .isGreaterThanOrEqualTo(Duration.ofMillis(100).toNanos());
    }

    @Test
    void scrub_paceOfZero_readsNothing() {
        shelf.artifact("a.whl", 5_000, NOW);
        try (Scrub scrub = new Scrub(shelf.store, upkeep, 0, Duration.ZERO)) {
            assertThat(scrub.checked()).isZero();
        }
    }
}
