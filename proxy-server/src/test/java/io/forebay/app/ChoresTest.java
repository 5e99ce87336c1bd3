package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.cache.Turns;
import io.forebay.cache.Upkeep;
import io.forebay.model.Digest;
import io.forebay.store.BlobStore;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What a server does by itself, and when not. */
class ChoresTest {
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final byte[] BYTES = "of nobody".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path home;

    @Test
    void round_whileABackupRuns_waitsForItsEnd() throws Exception {
        Path file = Files.writeString(home.resolve("forebay.toml"), "data-dir = \"" + home.resolve("data") + "\"\n");
        Configuration configuration =
                ConfigurationReader.read(Optional.of(file), Map.of(), List.of()).configuration();
        Turns turns = new Turns("gc");
        VirtualTimeScheduler time = VirtualTimeScheduler.create();
        try (DataDirectory directory = DataDirectory.open(configuration.dataDir());
                BlobStore store = Server.store(configuration, directory.path());
                Database database = Database.open(configuration.database(), directory.path(), store, false)) {
            Upkeep upkeep = new Upkeep(store, database.catalog(), Duration.ofDays(1), InstantSource.system());
            Digest orphan = new Digest(HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(BYTES)));
            store.put(orphan, Unpooled.wrappedBuffer(BYTES), new byte[] {'?'}).block(WAIT);
            Sinks.Many<Integer> backup = Sinks.many().unicast().onBackpressureBuffer();
            Disposable running = turns.take(backup.asFlux()).subscribe();
            try (Chores chores = new Chores(upkeep, database.catalog(), Duration.ofDays(1), turns, time)) {
                time.advanceTimeBy(Chores.FIRST.plus(Chores.AGAIN.multipliedBy(3)));
                // Behind what the chores would have asked for.
                assertThat(upkeep.verify((done, total) -> {}).block(WAIT)).isNotNull();
                assertThat(store.contains(orphan)).isTrue();
                backup.tryEmitComplete();
                assertThat(running.isDisposed()).isTrue();
                time.advanceTimeBy(Chores.AGAIN);
                long limit = System.nanoTime() + WAIT.toNanos();
                while (store.contains(orphan) && System.nanoTime() < limit) {
                    Thread.onSpinWait();
                }
                assertThat(store.contains(orphan)).isFalse();
                assertThat(chores).isNotNull();
            }
        } finally {
            time.dispose();
        }
    }
}
