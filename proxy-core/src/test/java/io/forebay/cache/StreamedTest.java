package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Candidate;
import io.forebay.model.Digest;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Head;
import io.forebay.model.Plan;
import io.forebay.model.Snapshot;
import io.forebay.model.StreamRenderer;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages that are rewritten while they are sent. */
class StreamedTest {
    @TempDir
    private Path directory;

    /** Seven buffers of it fit into what a worker may be ahead, ten do not. */
    private final byte[] page = CacheFixture.bytes(10 * (32 << 10) + 5);

    private final AtomicInteger ended = new AtomicInteger();
    private CacheFixture fixture;

    @BeforeEach
    void open() {
        fixture = CacheFixture.in(directory);
        fixture.origin.on("/i", Reply.of(200, page, "last-modified: Tue, 10 Mar 2026 10:00:00 GMT"));
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private interface Copying {
        void copy(InputStream in, OutputStream out) throws IOException;
    }

    private Plan.Streamed plan(Copying copying, Candidate... candidates) {
        return new Plan.Streamed(Snapshot.LATEST, List.of(candidates), new StreamRenderer() {
            @Override
            public String id() {
                return "copy";
            }

            @Override
            public String contentType() {
                return "text/x-copy";
            }

            @Override
            public void render(Head head, InputStream in, OutputStream out) throws IOException {
                try {
                    copying.copy(in, out);
                } finally {
                    ended.incrementAndGet();
                }
            }
        });
    }

    private static void flipped(InputStream in, OutputStream out) throws IOException {
        for (int next = in.read(); next >= 0; next = in.read()) {
            out.write(next ^ 0xff);
        }
    }

    private static void inPieces(InputStream in, OutputStream out) throws IOException {
        byte[] piece = new byte[50_000];
        int count = in.read(piece, 100, piece.length - 100);
        while (count >= 0) {
            out.write(piece, 100, count);
            count = in.read(piece, 100, piece.length - 100);
        }
        assertThat(in.read(piece, 0, 0)).isZero();
    }

    @Test
    void open_byteForByteOrInPieces_isTheWholePageRewritten() {
        byte[] flipped = page.clone();
        for (int i = 0; i < flipped.length; i++) {
            flipped[i] ^= (byte) 0xff;
        }
        Reading first = fixture.get(plan(StreamedTest::flipped, fixture.candidate("/i")));
        assertThat(first.failure()).isEmpty();
        assertThat(first.bytes()).isEqualTo(flipped);
        assertThat(first.answer().status().kind()).isEqualTo(CacheStatus.Kind.MISS);
        assertThat(first.answer().head().contentType()).hasValue("text/x-copy");
        assertThat(first.answer().head().lastModified()).isPresent();
        assertThat(first.answer().head().etag()).isEmpty();
        assertThat(first.answer().lifetime()).isEqualTo(CacheOptions.DEFAULTS.indexTtl());
        assertThat(first.answer().immutable()).isFalse();
        fixture.now.updateAndGet(now -> now.plus(Duration.ofMinutes(3)));
        Reading second = fixture.get(plan(StreamedTest::inPieces, fixture.candidate("/i")));
        assertThat(second.bytes()).isEqualTo(page);
        assertThat(second.answer().status().kind()).isEqualTo(CacheStatus.Kind.HIT);
        assertThat(second.answer().age()).isEqualTo(Duration.ofMinutes(3));
    }

    @Test
    void open_firstSourceHasNone_isTheSecondsOrNotFound() {
        Plan.Streamed both = plan(StreamedTest::inPieces, fixture.candidate("/none"), fixture.candidate("t", "/i"));
        assertThat(fixture.get(both).bytes()).isEqualTo(page);
        assertThat(fixture.failure(plan(StreamedTest::inPieces, fixture.candidate("/none")))
                        .kind())
                .isEqualTo(Kind.NOT_FOUND);
        fixture.origin.on("/down", Scripts.status(500));
        Plan.Streamed down = plan(StreamedTest::inPieces, fixture.candidate("/down"), fixture.candidate("t", "/i"));
        assertThat(fixture.failure(down).kind()).isEqualTo(Kind.ORIGIN_UNAVAILABLE);
    }

    @Test
    void render_breaksOff_bodyNeverEndsCleanly() {
        Plan.Streamed broken = plan(
                (in, out) -> {
                    out.write(in.readNBytes(100_000));
                    throw new IOException("no more");
                },
                fixture.candidate("/i"));
        Reading reading = fixture.get(broken);
        assertThat(reading.failure()).map(ForebayException::kind).hasValue(Kind.ORIGIN_UNAVAILABLE);
        assertThat(reading.bytes().length).isLessThan(page.length);
    }

    @Test
    void leave_amidThePage_workersAreFreeForOthers() {
        Plan.Streamed plan = plan(StreamedTest::inPieces, fixture.candidate("/i"));
        fixture.get(fixture.index("/i"));
        fixture.awaitLanded();
        List<Answer> unread = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            unread.add(fixture.open(plan));
        }
        BodyReader third = fixture.begin(plan);
        unread.forEach(Answer::close);
        assertThat(third.awaitEnd().bytes()).isEqualTo(page);
        CacheFixture.await("workers", () -> ended.get() == 3);
        CacheFixture.await("pins", () -> !fixture.store.isRead(held()));
    }

    private Digest held() {
        return fixture.catalog
                .find(fixture.candidate("/i").key())
                .block(CacheFixture.PATIENCE)
                .digest();
    }
}
