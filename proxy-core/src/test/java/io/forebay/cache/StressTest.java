package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.ForebayException;
import io.forebay.model.View;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers that come and go at random, origins that are slow and cut at random. */
class StressTest {
    private static final int FILES = 12;
    /** Each keeps what it read until the end: a quarter of a MiB on average, in a test heap of 1 GiB. */
    private static final int CLIENTS = 500;

    @TempDir
    Path directory;

    @Test
    @DisplayName(
            "invariants 1, 3, 5 and 9: whatever clients and origins do, every whole body is exact and nothing stays behind")
    void open_randomClientsAndOrigins_wholeBodiesAreExactAndNothingIsLeft() throws InterruptedException {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        CacheOptions options = CacheFixture.with(Duration.ofMillis(50), Duration.ofMillis(1), 400_000, 1);
        List<byte[]> bodies = new ArrayList<>();
        int exact = 0;
        try (CacheFixture fixture = CacheFixture.in(directory, options)) {
            for (int i = 0; i < FILES; i++) {
                byte[] body = CacheFixture.bytes(i % 3 == 0 ? 1_000 + i : 40_000 * i + i);
                bodies.add(body);
                fixture.origin.on("/" + i, moody(body, random.nextLong()));
            }
            List<BodyReader> readers = new ArrayList<>();
            List<Integer> files = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int file = random.nextInt(FILES);
                int pause = random.nextInt(3);
                files.add(file);
                readers.add(
                        BodyReader.of(fixture.cache.open(fixture.artifact("/" + file), View.Gate.open()), () -> pause));
                if (random.nextInt(3) == 0) {
                    readers.get(random.nextInt(readers.size())).leave();
                }
                if (random.nextInt(4) == 0) {
                    TimeUnit.MILLISECONDS.sleep(random.nextInt(8));
                }
            }
            for (int i = 0; i < CLIENTS; i++) {
                byte[] body = bodies.get(files.get(i));
                try {
                    Reading reading = readers.get(i).awaitEnd();
                    byte[] expected = reading.isWhole() ? body : Arrays.copyOf(body, reading.bytes().length);
                    assertThat(Arrays.equals(reading.bytes(), expected))
                            .as("client %s of file %s, seed %s", i, files.get(i), seed)
                            .isTrue();
                    exact += reading.isWhole() ? 1 : 0;
                } catch (ForebayException e) {
                    assertThat(e.kind()).isEqualTo(ForebayException.Kind.ORIGIN_UNAVAILABLE);
                }
            }
            fixture.awaitLanded();
            CacheFixture.await("followers", () -> fixture.cache.followers() == 0);
        }
        assertThat(exact).as("seed %s", seed).isGreaterThan(CLIENTS / 10);
    }

    /** Whole, in pieces, or cut somewhere; with ranges, so that a cut may be mended. */
    private static Reply moody(byte[] body, long seed) {
        Random random = new Random(seed);
        Reply whole = Scripts.ranges(body, "\"v\"");
        return (request, wire) -> {
            int mood = random.nextInt(4);
            if (mood == 0 || request.header("range").isPresent()) {
                whole.send(request, wire);
                return;
            }
            int end = mood == 1 ? random.nextInt(body.length) : body.length;
            Scripts.head(wire, 200, body.length, "etag: \"v\"");
            for (int at = 0; at < end; at += 30_000) {
                wire.send(Arrays.copyOfRange(body, at, Math.min(end, at + 30_000)));
                TimeUnit.MILLISECONDS.sleep(random.nextInt(10));
            }
            if (end < body.length) {
                wire.close();
            }
        };
    }
}
