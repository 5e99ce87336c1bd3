package io.forebay.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.catalog.Catalog.Census;
import io.forebay.catalog.CatalogException.Kind;
import io.forebay.model.ResourceKey;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The contract on SQLite, and what only a file can suffer. */
class SqliteCatalogTest extends UpkeepContract {
    @TempDir
    Path directory;

    private ConnectionPool pool;

    @Override
    ConnectionFactory empty() {
        pool = new ConnectionPool(ConnectionPoolConfiguration.builder(file("catalog.db"))
                .initialSize(0)
                .maxSize(8)
                .build());
        return pool;
    }

    @Override
    void release() {
        pool.disposeLater().block(WAIT);
    }

    @Test
    @DisplayName("reliability 87: a database of zero length is a new one, and says that it must be rebuilt")
    void open_emptyFile_isANewDatabase() throws IOException {
        Files.createFile(directory.resolve("other.db"));
        SqlCatalog other = opened("other.db", CatalogOptions.DEFAULTS);
        assertThat(other.isComplete()).isFalse();
        assertThat(other.census().block(WAIT)).isEqualTo(new Census(0, 0));
        assertThat(other.rebuild(Flux.empty()).block(WAIT)).isZero();
        other.close();
        SqlCatalog again = opened("other.db", CatalogOptions.DEFAULTS);
        assertThat(again.isComplete()).isTrue();
        again.close();
    }

    @Test
    @DisplayName("reliability 87: garbage in the database's place is told as damage and left as it is")
    void open_garbage_isDamaged() throws IOException {
        byte[] garbage = new byte[8_192];
        new Random(1).nextBytes(garbage);
        Path file = directory.resolve("other.db");
        Files.write(file, garbage);
        assertThat(refusal("other.db", CatalogOptions.DEFAULTS).kind()).isEqualTo(Kind.DAMAGED);
        assertThat(file).hasBinaryContent(garbage);
    }

    @Test
    @DisplayName("reliability 87: a database cut short is told as damage")
    void open_cutFile_isDamaged() throws IOException {
        Path file = filled("other.db");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / 2);
        }
        assertThat(refusal("other.db", CatalogOptions.DEFAULTS).kind()).isEqualTo(Kind.DAMAGED);
    }

    @Test
    @DisplayName("reliability 87: a database with pages scribbled over is told as damage, by the check at its opening")
    void open_scribbledPage_isDamaged() throws IOException {
        Path file = filled("other.db");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (long page = channel.size() / 2 / 4_096; page < channel.size() / 4_096; page++) {
                channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}), page * 4_096);
            }
        }
        CatalogException refusal = refusal("other.db", CatalogOptions.DEFAULTS);
        assertThat(refusal.kind()).isEqualTo(Kind.DAMAGED);
        assertThat(refusal).hasMessageContaining("damaged");

        CatalogOptions unchecked = new CatalogOptions(10, 10, 10, 10, Duration.ofDays(1), Duration.ZERO, WAIT, 0);
        SqlCatalog other = opened("other.db", unchecked);
        Throwable late = other.digests().then().materialize().block(WAIT).getThrowable();
        assertThat(((CatalogException) late).kind()).isEqualTo(Kind.DAMAGED);
        other.close();
    }

    @Test
    @DisplayName("reliability 86: another process holds the database: reads go on, a commit waits and is then written")
    void commit_databaseLocked_waitsAndReadersDoNot() {
        catalog.commit(List.of(entry(PAGE, A, T1))).block(WAIT);
        SqlCatalog other = reopen(CatalogOptions.DEFAULTS);
        Connection holder = lock();
        long before = other.activity().transactions();
        Mono<Void> commit = other.commit(List.of(entry(FILE, B, T1))).cache();
        commit.subscribe();
        assertThat(other.find(PAGE).block(WAIT)).isEqualTo(entry(PAGE, A, T1));
        assertThat(other.find(FILE).block(WAIT)).isNull();
        assertThat(other.activity().transactions()).isEqualTo(before);
        unlock(holder);
        commit.block(WAIT);
        assertThat(other.find(FILE).block(WAIT)).isEqualTo(entry(FILE, B, T1));
        other.close();
    }

    @Test
    @DisplayName("reliability 86: a database that stays locked fails the commit as busy, and only that")
    void commit_databaseStaysLocked_failsAsBusy() {
        CatalogOptions impatient =
                new CatalogOptions(10, 10, 10, 10, Duration.ofDays(1), Duration.ZERO, Duration.ofSeconds(20), 0);
        SqlCatalog other = reopen(impatient);
        Connection holder = lock();
        Throwable failure = other.commit(List.of(entry(FILE, B, T1)))
                .materialize()
                .block(WAIT)
                .getThrowable();
        assertThat(((CatalogException) failure).kind()).isEqualTo(Kind.BUSY);
        unlock(holder);
        other.commit(List.of(entry(FILE, C, T1))).block(WAIT);
        assertThat(other.find(FILE).block(WAIT)).isEqualTo(entry(FILE, C, T1));
        other.close();
    }

    @Test
    void flush_databaseLocked_countsAreKeptAndWrittenLater() {
        CatalogOptions impatient =
                new CatalogOptions(10, 10, 10, 10, Duration.ofDays(1), Duration.ZERO, Duration.ofSeconds(20), 0);
        SqlCatalog other = reopen(impatient);
        other.used(use("1.0", T1, 10));
        Connection holder = lock();
        assertThat(other.flush().materialize().block(WAIT).isOnError()).isTrue();
        unlock(holder);
        other.used(use("1.0", T1, 10));
        other.close();
        assertThat(uses()).singleElement().asString().endsWith(" 2 20");
    }

    @Test
    void used_timer_flushesByItself() {
        CatalogOptions quick =
                new CatalogOptions(10, 10, 10, 10, Duration.ofMillis(10), Duration.ZERO, Duration.ofSeconds(20), 0);
        SqlCatalog other = reopen(quick);
        other.used(use("1.0", T1, 10));
        Flux.interval(Duration.ofMillis(10))
                .filter(tick -> other.activity().transactions() > 0)
                .blockFirst(WAIT);
        assertThat(uses()).hasSize(1);
        other.close();
    }

    private Connection lock() {
        Connection holder = Mono.from(file("catalog.db").create()).block(WAIT);
        Mono.from(holder.beginTransaction()).block(WAIT);
        Sql.update(holder, "UPDATE milestones SET reached_at = 0").block(WAIT);
        return holder;
    }

    private static void unlock(Connection holder) {
        Mono.from(holder.rollbackTransaction()).block(WAIT);
        Mono.from(holder.close()).block(WAIT);
    }

    /** A sound database of some dozen pages, closed. */
    private Path filled(String name) {
        SqlCatalog other = opened(name, CatalogOptions.DEFAULTS);
        Flux.range(0, 500)
                .flatMap(i -> other.commit(List.of(entry(ResourceKey.of("s", "path/" + i), digest("d" + i), T1))))
                .blockLast(WAIT);
        other.close();
        return directory.resolve(name);
    }

    private SqlCatalog opened(String name, CatalogOptions options) {
        return SqlCatalog.open(file(name), file(name), options).block(WAIT);
    }

    private CatalogException refusal(String name, CatalogOptions options) {
        Throwable failure = SqlCatalog.open(file(name), file(name), options)
                .materialize()
                .block(WAIT)
                .getThrowable();
        assertThat(failure).isInstanceOf(CatalogException.class);
        return (CatalogException) failure;
    }

    private ConnectionFactory file(String name) {
        return ConnectionFactories.get(
                "r2dbc:sqlite://" + directory.resolve(name) + "?journalMode=WAL&synchronous=NORMAL&busyTimeout=50");
    }
}
