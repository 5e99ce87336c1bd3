package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Candidate;
import io.forebay.model.Digest;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.model.Part;
import io.forebay.model.Plan;
import io.forebay.model.Renderer;
import io.forebay.model.Rendition;
import io.forebay.model.Snapshot;
import io.forebay.model.View;
import io.forebay.testing.ScriptedOrigin.Reply;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
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

    private final AtomicInteger rendered = new AtomicInteger();
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
                rendered.incrementAndGet();
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

    /** A page that takes no time. */
    private Plan.Rendered quick(String type, Function<List<Part>, String> text, String... paths) {
        Renderer renderer = new Renderer() {
            @Override
            public String id() {
                return "quick " + type;
            }

            @Override
            public Rendition render(List<Part> parts, View view) {
                rendered.incrementAndGet();
                return new Rendition(type, Map.of(), text.apply(parts).getBytes(StandardCharsets.US_ASCII));
            }
        };
        List<Candidate> parts = Stream.of(paths).map(fixture::candidate).toList();
        return new Plan.Rendered(Snapshot.LATEST, Plan.Selection.ALL, parts, renderer, Optional.empty());
    }

    private static String first(List<Part> parts) {
        return new String(parts.get(0).body(), StandardCharsets.US_ASCII);
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

    @Test
    void gzip_ofAPage_isThePage() throws IOException {
        for (Plan.Rendered plan : List.of(page(5_000, ""), page(Pages.LARGE_BYTES, ""))) {
            CacheFixture.await("gzip", () -> fixture.get(plan).answer().gzip().isPresent());
            Reading plain = fixture.get(plan);
            try (Answer answer = fixture.open(plan)) {
                Answer.Coded coded = answer.gzip().orElseThrow();
                assertThat(coded.etag()).isNotEqualTo(answer.head().etag().orElseThrow());
                assertThat(unzipped(coded.body())).isEqualTo(plain.bytes());
            }
        }
    }

    private static byte[] unzipped(Body body) throws IOException {
        Piece.Bytes piece = (Piece.Bytes) body.at(0, Integer.MAX_VALUE);
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(ByteBufUtil.getBytes(piece.bytes())))) {
            return in.readAllBytes();
        } finally {
            piece.bytes().release();
        }
    }

    @Test
    void smallPage_newRevision_isWaitedFor() {
        Plan.Rendered small = page(5_000, "");
        assertThat(begin(fixture.get(small))).isEqualTo("one");
        revise();
        BodyReader reader = fixture.begin(small);
        CacheFixture.await("rendering", () -> rendered.get() == 2);
        gate.countDown();
        assertThat(begin(reader.awaitEnd())).isEqualTo("two");
    }

    @Test
    void etag_ofAPage_isOfItsContentAndItsType() {
        String html = etag(fixture.get(quick("text/html", PagesTest::first, "/i")));
        String json = etag(fixture.get(quick("application/json", PagesTest::first, "/i")));
        assertThat(json).isNotEqualTo(html);
        fixture.now.updateAndGet(now -> now.plus(VERY_STALE));
        assertThat(etag(fixture.get(quick("text/html", PagesTest::first, "/i"))))
                .isEqualTo(html);
        origin("two");
        fixture.now.updateAndGet(now -> now.plus(VERY_STALE));
        assertThat(etag(fixture.get(quick("text/html", PagesTest::first, "/i"))))
                .isNotEqualTo(html);
    }

    private static String etag(Reading reading) {
        return reading.answer().head().etag().orElseThrow();
    }

    @Test
    void lastModified_ofAPageOfSeveralSources_isTheNewest() {
        fixture.origin
                .on("/j", Reply.of(200, new byte[] {1}, "last-modified: Tue, 10 Mar 2026 10:00:00 GMT"))
                .on("/k", Reply.of(200, new byte[] {2}, "last-modified: Sun, 08 Mar 2026 10:00:00 GMT"));
        assertThat(fixture.get(quick("text/plain", PagesTest::first, "/i", "/j", "/k"))
                        .answer()
                        .head()
                        .lastModified())
                .hasValue(Instant.parse("2026-03-10T10:00:00Z"));
    }

    @Test
    void page_ofARevisionWhoseBytesAreLost_failsOnceAndIsFetchedAgain() {
        fixture.origin.on("/i", Reply.of(200, CacheFixture.bytes(300_000)));
        fixture.get(fixture.index("/i"));
        fixture.awaitLanded();
        fixture.store
                .delete(fixture.catalog
                        .find(fixture.candidate("/i").key())
                        .block(CacheFixture.PATIENCE)
                        .digest())
                .block(CacheFixture.PATIENCE);
        Plan.Rendered plan = quick("text/plain", parts -> "" + parts.get(0).body().length, "/i");
        assertThat(fixture.failure(plan).kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
        // A page that failed leaves the map of pages just after who asked for it was told.
        CacheFixture.await("fetched again", () -> fixture.cache
                .open(plan, View.Gate.open())
                .doOnNext(Answer::close)
                .onErrorComplete()
                .blockOptional(CacheFixture.PATIENCE)
                .isPresent());
        assertThat(fixture.get(plan).bytes()).asString().isEqualTo("300000");
        assertThat(fixture.origin.requests("/i")).isEqualTo(2);
    }

    @Test
    void page_ofAnIndexWhoseRowCannotBeRecorded_isRendered() {
        fixture.origin.on("/i", Reply.of(200, CacheFixture.bytes(3_000)));
        fixture.catalog.close();
        Plan.Rendered plan = quick("text/plain", parts -> "" + parts.get(0).body().length, "/i");
        assertThat(fixture.get(plan).bytes()).asString().isEqualTo("3000");
    }

    @Test
    void page_shownBeforeSomethingWasCutOutOfItsPackage_tellsOfItAfterwards() {
        byte[] index = ("pkg other " + "0".repeat(64) + "\n").getBytes(StandardCharsets.US_ASCII);
        fixture.origin.on("/i", Reply.of(200, index)).on("/a", Reply.of(200, CacheFixture.bytes(3_000)));
        Plan.Rendered plan = quick("text/plain", parts -> parts.get(0).cut().toString(), "/i");
        assertThat(fixture.get(plan).bytes()).asString().isEqualTo("{}");
        Standing shown = fixture.get(plan).answer().standing().orElseThrow();
        assertThat(shown.holds()).isTrue();

        byte[] cut = {1, 2, 3};
        Candidate made =
                fixture.candidate("/a.cut").withListing(CacheFixture.listed(fixture.candidate("/i"), "pkg", "a.cut"));
        Plan.Verbatim companion = new Plan.Verbatim(
                Nature.ARTIFACT,
                Snapshot.LATEST,
                List.of(made),
                Optional.empty(),
                Optional.of(new Plan.Derivation(
                        fixture.artifact("/a"), artifact -> Optional.of(new Rendition("text/x-cut", Map.of(), cut)))));
        fixture.get(fixture.artifact("/a").with(companion));
        String told = Map.of("a", new Digest(CacheFixture.sha256(cut))).toString();
        CacheFixture.await("told", () -> new String(fixture.get(plan).bytes(), StandardCharsets.US_ASCII).equals(told));
        assertThat(shown.holds()).isFalse();
        assertThat(fixture.get(plan).answer().standing().orElseThrow().holds()).isTrue();
    }

    @Test
    void pages_beyondTheMemory_leaveIt() {
        fixture.close();
        CacheOptions defaults = CacheOptions.DEFAULTS;
        CacheOptions tight = new CacheOptions(
                defaults.indexTtl(),
                defaults.staleWhileRevalidate(),
                defaults.revalidationWait(),
                defaults.staleIfError(),
                defaults.notFoundTtl(),
                defaults.failureTtl(),
                4 * 8_000,
                defaults.keepAbandonedBytes(),
                defaults.retries(),
                defaults.diskPatience(),
                defaults.fetches());
        fixture = CacheFixture.in(directory, tight);
        origin("one");
        Plan.Rendered fits = page(5_000, "");
        CacheFixture.await("a hit", () -> {
            int before = rendered.get();
            fixture.get(fits);
            return rendered.get() == before;
        });
        Plan.Rendered tooMuch = page(8_000, "");
        fixture.get(tooMuch);
        int before = rendered.get();
        CacheFixture.await("rendered again", () -> {
            fixture.get(tooMuch);
            return rendered.get() > before;
        });
    }

    @Test
    void weight_ofAPage_isNoLessThanWhatItHolds() {
        Pages.Page page = new Pages.Page(Head.EMPTY, new byte[2_000], Optional.of(new byte[1_000]), "", false);
        assertThat(page.weight()).isGreaterThanOrEqualTo(3_000);
    }

    // ---- more sources than one

    private static String joined(List<Part> parts) {
        return parts.stream()
                .map(part -> new String(part.body(), StandardCharsets.US_ASCII))
                .collect(Collectors.joining("+"));
    }

    private Plan.Rendered page(Plan.Selection selection, Candidate... candidates) {
        Renderer renderer = new Renderer() {
            @Override
            public String id() {
                return "joined";
            }

            @Override
            public Rendition render(List<Part> parts, View view) {
                return new Rendition("text/plain", Map.of(), joined(parts).getBytes(StandardCharsets.US_ASCII));
            }
        };
        return new Plan.Rendered(Snapshot.LATEST, selection, List.of(candidates), renderer, Optional.empty());
    }

    private String read(Plan plan) {
        return new String(fixture.get(plan).bytes(), StandardCharsets.US_ASCII);
    }

    @Test
    void page_ofTheFirstOrOfAllSourcesThatHaveIt() {
        fixture.origin.on("/j", Reply.of(200, "more".getBytes(StandardCharsets.US_ASCII)));
        Candidate none = fixture.candidate("/none");
        Candidate one = fixture.candidate("/i");
        Candidate more = fixture.candidate("t", "/j");
        assertThat(read(page(Plan.Selection.FIRST, none, one, more))).isEqualTo("one");
        assertThat(fixture.origin.requests("/j")).isZero();
        assertThat(read(page(Plan.Selection.ALL, one, none, more))).isEqualTo("one+more");
        assertThat(fixture.origin.requests("/j")).isEqualTo(1);
    }

    @Test
    void page_noSourceHasItOrOneIsDown_isTheFailureOfThat() {
        fixture.origin.on("/down", Scripts.status(500));
        Candidate none = fixture.candidate("/none");
        for (Plan.Selection selection : Plan.Selection.values()) {
            assertThat(fixture.failure(page(selection, none, fixture.candidate("t", "/none")))
                            .kind())
                    .isEqualTo(Kind.NOT_FOUND);
            assertThat(fixture.failure(page(selection, fixture.candidate("/down"), fixture.candidate("/i")))
                            .kind())
                    .isEqualTo(Kind.ORIGIN_UNAVAILABLE);
        }
    }

    @Test
    void page_sourceHasAnotherFormOfTheIndex_isOfThat() {
        Candidate one = fixture.candidate("/i");
        assertThat(read(page(Plan.Selection.FIRST, fixture.candidate("/none").withSiblings(List.of(one)))))
                .isEqualTo("one");
        fixture.origin.on("/down", Scripts.status(500));
        assertThat(fixture.failure(page(
                                Plan.Selection.FIRST, fixture.candidate("/down").withSiblings(List.of(one))))
                        .kind())
                .isEqualTo(Kind.ORIGIN_UNAVAILABLE);
    }

    // ---- days

    private Plan.Rendered dated(String day) {
        Renderer renderer = new Renderer() {
            @Override
            public String id() {
                return "before";
            }

            @Override
            public Rendition render(List<Part> parts, View view) {
                String before = view.before().map(Instant::toString).orElse("now");
                return new Rendition("text/plain", Map.of(), before.getBytes(StandardCharsets.US_ASCII));
            }
        };
        return new Plan.Rendered(
                Snapshot.of(LocalDate.parse(day)),
                Plan.Selection.FIRST,
                List.of(fixture.candidate("/i")),
                renderer,
                Optional.empty());
    }

    @Test
    void page_ofAPastDay_showsWhatWasThereBeforeItsEnd() {
        assertThat(read(dated("2026-03-10"))).isEqualTo("now");
        fixture.awaitLanded();
        fixture.now.updateAndGet(now -> now.plus(Duration.ofDays(1)));
        Reading past = fixture.get(dated("2026-03-10"));
        assertThat(new String(past.bytes(), StandardCharsets.US_ASCII)).isEqualTo("2026-03-11T00:00:00Z");
        assertThat(past.answer().lifetime()).isEqualTo(PackageCache.PAST_DAY);
        assertThat(past.answer().age()).isZero();
        try (Answer head = fixture.head(dated("2026-03-10"))) {
            assertThat(head.lifetime()).isEqualTo(PackageCache.PAST_DAY);
        }
        assertThat(fixture.failure(dated("2026-03-09"))).hasMessageContaining("dates work from 2026-03-10 on");
    }
}
