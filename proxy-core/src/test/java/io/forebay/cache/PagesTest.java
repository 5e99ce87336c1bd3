package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Part;
import io.forebay.model.Plan;
import io.forebay.model.Renderer;
import io.forebay.model.Rendition;
import io.forebay.model.Snapshot;
import io.forebay.model.View;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Computed pages that take long: who waits, and for what. */
class PagesTest {
    private static final Duration STALE = Duration.ofMinutes(11);
    private static final Duration VERY_STALE = Duration.ofHours(2);

    @TempDir
    private Path directory;

    /** Rendering of what is not "one" waits for it. */
    private final CountDownLatch gate = new CountDownLatch(1);

    private CacheFixture fixture;

    @BeforeEach
    void open() {
        fixture = CacheFixture.in(directory);
        origin("one");
    }

    @AfterEach
    void close() {
        gate.countDown();
        fixture.close();
    }

    private void origin(String body) {
        fixture.origin.on("/i", Reply.of(200, body.getBytes(StandardCharsets.US_ASCII), "etag: \"" + body + '"'));
    }

    private Plan.Rendered page(int bytes, String first) {
        Renderer renderer = new Renderer() {
            @Override
            public String id() {
                return "page " + bytes + first;
            }

            @Override
            public Rendition render(List<Part> parts, View view) {
                String body = new String(parts.get(0).body(), StandardCharsets.US_ASCII);
                if (!body.equals("one")) {
                    opened();
                }
                String line = first + body + "\n";
                return new Rendition(
                        "text/plain",
                        Map.of(),
                        line.repeat(bytes / line.length() + 1).getBytes(StandardCharsets.ISO_8859_1));
            }
        };
        return new Plan.Rendered(
                Snapshot.LATEST, Plan.Selection.FIRST, List.of(fixture.candidate("/i")), renderer, Optional.empty());
    }

    private void opened() {
        try {
            Scripts.await(gate);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static String begin(Reading reading) {
        return new String(reading.bytes(), 0, 3, StandardCharsets.US_ASCII);
    }

    private void revise() {
        origin("two");
        fixture.now.updateAndGet(now -> now.plus(STALE));
        CacheFixture.await(
                "revision", () -> begin(fixture.get(fixture.index("/i"))).equals("two"));
    }

    @Test
    void largePage_newRevision_isTheOldOneUntilRendered() {
        Plan.Rendered large = page(Pages.LARGE_BYTES, "");
        assertThat(begin(fixture.get(large))).isEqualTo("one");
        revise();

        Reading meanwhile = fixture.get(large);
        assertThat(begin(meanwhile)).isEqualTo("one");
        assertThat(meanwhile.answer().lifetime()).isEqualTo(meanwhile.answer().age());
        assertThat(meanwhile.answer().standing()).isEmpty();

        gate.countDown();
        CacheFixture.await("the page", () -> begin(fixture.get(large)).equals("two"));
        assertThat(fixture.get(large).answer().lifetime()).isEqualTo(CacheOptions.DEFAULTS.indexTtl());
    }

    @Test
    void largePage_longOutdated_isWaitedFor() {
        Plan.Rendered large = page(Pages.LARGE_BYTES, "");
        assertThat(begin(fixture.get(large))).isEqualTo("one");
        fixture.awaitLanded();
        origin("two");
        fixture.now.updateAndGet(now -> now.plus(VERY_STALE));

        BodyReader reader = fixture.begin(large);
        CacheFixture.await("revision", () -> fixture.origin.requests("/i") == 2);
        gate.countDown();
        assertThat(begin(reader.awaitEnd())).isEqualTo("two");
    }

    @Test
    void largePage_purged_isWaitedFor() {
        Plan.Rendered large = page(Pages.LARGE_BYTES, "");
        assertThat(begin(fixture.get(large))).isEqualTo("one");
        fixture.awaitLanded();
        origin("two");
        assertThat(fixture.cache.purge(fixture.candidate("/i").key()).block(CacheFixture.PATIENCE))
                .isTrue();
        gate.countDown();
        assertThat(begin(fixture.get(large))).isEqualTo("two");
    }

    @Test
    void gzip_ofALargePage_comesAMomentLater() {
        Plan.Rendered large = page(Pages.LARGE_BYTES, "");
        Plan.Rendered small = page(5_000, "");
        assertThat(fixture.get(small).answer().gzip()).isPresent();
        fixture.get(large);
        CacheFixture.await("gzip", () -> fixture.get(large).answer().gzip().isPresent());
    }

    @Test
    void gzip_ofWhatIsCompressed_isNotMade() {
        assertThat(fixture.get(page(5_000, "\u001f\u008b")).answer().gzip()).isEmpty();
    }
}
