package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.Candidate;
import io.forebay.model.Extractor;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Nature;
import io.forebay.model.Plan;
import io.forebay.model.Rendition;
import io.forebay.model.ResourceKey;
import io.forebay.model.Snapshot;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is cut out of a package where the origin does not have it by itself. */
class DerivationsTest {
    private static final String MODIFIED = "last-modified: Tue, 10 Mar 2026 10:00:00 GMT";

    @TempDir
    private Path directory;

    private CacheFixture fixture;

    @BeforeEach
    void open() {
        fixture = CacheFixture.in(directory);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    /** The last hundred bytes. */
    private static Optional<Rendition> end(SeekableByteChannel artifact) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(200);
        assertThat(artifact.position(artifact.size() - 100)).isSameAs(artifact);
        for (int count = artifact.read(bytes); count >= 0; count = artifact.read(bytes)) {
            assertThat(count).isEqualTo(bytes.position());
            assertThat(artifact.position()).isEqualTo(artifact.size() - 100 + bytes.position());
        }
        artifact.position(artifact.size() + 1);
        assertThat(artifact.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        assertThat(artifact.isOpen()).isTrue();
        assertThatThrownBy(() -> artifact.write(ByteBuffer.allocate(1)))
                .isInstanceOf(NonWritableChannelException.class);
        assertThatThrownBy(() -> artifact.truncate(1)).isInstanceOf(NonWritableChannelException.class);
        return Optional.of(
                new Rendition("text/x-end", Map.of("x-kind", "end"), Arrays.copyOf(bytes.array(), bytes.position())));
    }

    private Plan.Verbatim end(Candidate candidate, Extractor extractor) {
        return new Plan.Verbatim(
                Nature.ARTIFACT,
                Snapshot.LATEST,
                List.of(candidate),
                Optional.empty(),
                Optional.of(new Plan.Derivation(fixture.artifact("/a"), extractor)));
    }

    private static byte[] lastOf(byte[] body) {
        return Arrays.copyOfRange(body, body.length - 100, body.length);
    }

    @ParameterizedTest
    @ValueSource(ints = {3_000, 300_000})
    void open_originHasNone_isCutOutOfThePackage(int length) {
        byte[] body = CacheFixture.bytes(length);
        fixture.origin.on("/before", Reply.of(200, CacheFixture.bytes(2_000)));
        fixture.get(fixture.artifact("/before"));
        fixture.origin.on("/a", Reply.of(200, body, MODIFIED));
        Plan.Verbatim plan = end(fixture.candidate("/a.end"), DerivationsTest::end);
        Reading first = fixture.get(plan);
        assertThat(first.bytes()).isEqualTo(lastOf(body));
        assertThat(first.answer().status().kind()).isEqualTo(CacheStatus.Kind.MISS);
        assertThat(first.answer().head().contentType()).hasValue("text/x-end");
        assertThat(first.answer().head().etag()).isPresent();
        assertThat(first.answer().head().lastModified()).hasValue(Instant.parse("2026-03-10T10:00:00Z"));
        assertThat(first.answer().head().extra()).containsEntry("x-kind", "end");
        assertThat(first.answer().immutable()).isTrue();
        assertThat(fixture.catalog.find(ResourceKey.of("s", "a.end")).block(CacheFixture.PATIENCE))
                .satisfies(entry -> {
                    assertThat(entry.digest().hex()).isEqualTo(CacheFixture.sha256(lastOf(body)));
                    assertThat(entry.size()).isEqualTo(100);
                });
        Reading second = fixture.get(plan);
        assertThat(second.bytes()).isEqualTo(lastOf(body));
        assertThat(second.answer().status().kind()).isEqualTo(CacheStatus.Kind.HIT);
        assertThat(fixture.origin.requests("/a")).isEqualTo(1);
        assertThat(fixture.store.isRead(fixture.catalog
                        .find(ResourceKey.of("s", "a"))
                        .block(CacheFixture.PATIENCE)
                        .digest()))
                .isFalse();
    }

    @Test
    void open_packageDoesNotHoldIt_isNotFound() {
        fixture.origin.on("/a", Reply.of(200, CacheFixture.bytes(3_000)));
        Plan.Verbatim plan = end(fixture.candidate("/a.end"), artifact -> Optional.empty());
        assertThat(fixture.failure(plan).kind()).isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    void open_packageCannotBeRead_isTheOriginsFault() {
        fixture.origin.on("/a", Reply.of(200, CacheFixture.bytes(3_000)));
        Plan.Verbatim plan = end(fixture.candidate("/a.end"), artifact -> {
            throw new IOException("not a package");
        });
        assertThat(fixture.failure(plan).kind()).isEqualTo(Kind.ORIGIN_INVALID);
    }

    @Test
    void head_originHasNone_isOfWhatIsCutOut() {
        fixture.origin.on("/a", Reply.of(200, CacheFixture.bytes(3_000)));
        try (Answer head = fixture.head(end(fixture.candidate("/a.end"), DerivationsTest::end))) {
            assertThat(head.body().length()).hasValue(100);
        }
        fixture.origin.on("/down", Scripts.status(500));
        Plan.Verbatim down = end(fixture.candidate("/down"), DerivationsTest::end);
        assertThatThrownBy(() -> fixture.head(down)).hasMessageContaining("500");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.other", "a.end"})
    void companion_onlyWhereTheIndexListsNone_isCutAtOnceAndAdvertised(String listed) {
        byte[] body = CacheFixture.bytes(3_000);
        fixture.origin
                .on("/a", Reply.of(200, body))
                .on(
                        "/index",
                        Reply.of(
                                200,
                                ("pkg " + listed + " " + "0".repeat(64) + "\n").getBytes(StandardCharsets.US_ASCII)));
        fixture.get(fixture.index("/index"));
        Candidate made = listed("s", "/a.end");
        Plan.Verbatim plan = fixture.artifact("/a").with(end(made, DerivationsTest::end));
        fixture.get(plan);
        fixture.awaitLanded();
        if (listed.equals("a.end")) {
            // What would be cut out of this one by mistake is cut by the time another one has been.
            fixture.origin.on("/b", Reply.of(200, body));
            fixture.get(fixture.artifact("/b").with(end(listed("s", "/b.end"), DerivationsTest::end)));
            CacheFixture.await("cut", () -> cuts().containsKey("b"));
            assertThat(fixture.catalog.find(made.key()).block(CacheFixture.PATIENCE))
                    .isNull();
            return;
        }
        CacheFixture.await("cut", () -> !cuts().isEmpty());
        assertThat(cuts()).containsOnlyKeys("a");
        assertThat(fixture.get(end(made, DerivationsTest::end)).bytes()).isEqualTo(lastOf(body));
        assertThat(fixture.origin.requests("/a.end")).isZero();
    }

    private Candidate listed(String source, String path) {
        return fixture.candidate(source, path)
                .withListing(CacheFixture.listed(fixture.candidate(source, "/index"), "pkg", path.substring(1)));
    }

    private Map<String, ?> cuts() {
        return fixture.catalog.cuts(ResourceKey.of("s", "index")).block(CacheFixture.PATIENCE);
    }

    @Test
    void companion_ofSeveralSources_isCutForTheOneThatHadThePackage() {
        fixture.origin
                .on("/a", Reply.of(200, CacheFixture.bytes(3_000)))
                .on("/index", Reply.of(200, ("pkg a " + "0".repeat(64) + "\n").getBytes(StandardCharsets.US_ASCII)));
        fixture.get(fixture.index("/index"));
        fixture.get(CacheFixture.verbatim(Nature.INDEX, Snapshot.LATEST, fixture.candidate("t", "/index")));
        fixture.awaitLanded();
        Plan.Verbatim ends = new Plan.Verbatim(
                Nature.ARTIFACT,
                Snapshot.LATEST,
                List.of(listed("t", "/a.end"), fixture.candidate("/a.other"), listed("s", "/a.end")),
                Optional.empty(),
                Optional.of(new Plan.Derivation(fixture.artifact("/a"), DerivationsTest::end)));
        fixture.get(fixture.artifact("/a").with(ends));
        CacheFixture.await("cut", () -> cuts().containsKey("a"));
        assertThat(fixture.catalog.find(ResourceKey.of("t", "a.end")).block(CacheFixture.PATIENCE))
                .isNull();
    }
}
