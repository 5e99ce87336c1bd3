package io.forebay.r2dbc.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcRollbackException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** What goes wrong with a database's file. */
class FilesTest {
    private static final String ROWS = "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            + " WHERE i < 2000) SELECT i, hex(randomblob(100)) FROM n";

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("t.db");
    }

    private Database database(String query) {
        return Database.file(file(), query);
    }

    private static void isResourceError(Throwable error, int primaryCode) {
        assertThat(error).isInstanceOf(R2dbcNonTransientResourceException.class);
        assertThat(((R2dbcNonTransientResourceException) error).getErrorCode() & 0xff)
                .isEqualTo(primaryCode);
        assertThat(error.getMessage()).doesNotContain("t.db");
    }

    @Test
    void open_fileIsNoDatabase_notADb() throws IOException {
        Files.writeString(file(), "This is no database. ".repeat(500));
        StepVerifier.create(database("").factory().create()).verifyErrorSatisfies(error -> isResourceError(error, 26));
    }

    @Test
    void query_scribbledPages_corruptAndConnectionCloses() throws IOException {
        database("").run("CREATE TABLE t(a INTEGER, b TEXT)", ROWS);
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
            byte[] scribble = new byte[4096];
            Arrays.fill(scribble, (byte) 0x5a);
            for (long at = 4096; at < channel.size(); at += 4096) {
                channel.write(ByteBuffer.wrap(scribble), at);
            }
        }
        Connection connection = database("").open();
        StepVerifier.create(Database.query(connection, "SELECT count(b) FROM t"))
                .verifyErrorSatisfies(error -> isResourceError(error, 11));
        Database.close(connection);
    }

    @Test
    void open_directoryIsMissing_cantOpenWithoutThePath() {
        Database database = Database.file(directory.resolve("missing/t.db"), "");
        StepVerifier.create(database.factory().create()).verifyErrorSatisfies(error -> {
            isResourceError(error, 14);
            assertThat(error.getMessage()).doesNotContain("missing");
        });
    }

    @Test
    void open_readOnlyAndNoFile_cantOpenAndNoFileMade() {
        StepVerifier.create(database("?readOnly=true").factory().create())
                .verifyErrorSatisfies(error -> isResourceError(error, 14));
        assertThat(file()).doesNotExist();
    }

    @Test
    void write_readOnlyConnection_readOnlyError() {
        database("?journalMode=WAL").run("CREATE TABLE t(a)", "INSERT INTO t VALUES (1)");
        Connection connection = database("?readOnly=true&journalMode=WAL").open();
        StepVerifier.create(Database.update(connection, "INSERT INTO t VALUES (2)"))
                .verifyErrorSatisfies(error -> isResourceError(error, 8));
        assertThat(Database.query(connection, "SELECT a FROM t").blockLast()).isEqualTo("1");
        Database.close(connection);
    }

    @Test
    void write_databaseIsFull_fullAndWhatWasThereStays() {
        Connection connection = database("").open();
        Database.update(connection, "CREATE TABLE t(a INTEGER, b TEXT)").block();
        Database.update(connection, "INSERT INTO t VALUES (0, 'first')").block();
        Database.update(connection, "PRAGMA max_page_count = 10").block();
        StepVerifier.create(Database.update(connection, ROWS))
                .verifyErrorSatisfies(error -> isResourceError(error, 13));
        assertThat(Database.query(connection, "SELECT b FROM t").collectList().block())
                .containsExactly("first");
        Database.update(connection, "PRAGMA max_page_count = 1000000").block();
        assertThat(Database.update(connection, ROWS).block()).isEqualTo(2000);
        Database.close(connection);
    }

    @Test
    void write_databaseIsFullInTransaction_commitDoesNotPretend() {
        Connection connection = database("").open();
        Database.update(connection, "CREATE TABLE t(a INTEGER, b TEXT)").block();
        Database.update(connection, "PRAGMA max_page_count = 10").block();
        Mono.from(connection.beginTransaction()).block();
        Database.update(connection, "INSERT INTO t VALUES (0, 'first')").block();
        StepVerifier.create(Database.update(connection, ROWS))
                .verifyErrorSatisfies(error -> isResourceError(error, 13));
        // SQLite takes back the statement or the whole transaction; either way commit and content agree.
        boolean committed = Mono.from(connection.commitTransaction())
                .thenReturn(true)
                .onErrorReturn(R2dbcRollbackException.class, false)
                .block();
        assertThat(Database.query(connection, "SELECT count(*) FROM t").blockLast())
                .isEqualTo(committed ? "1" : "0");
        assertThat(connection.isAutoCommit()).isTrue();
        Database.close(connection);
    }

    @Test
    void options_ofTheUrl_areSetOnTheConnection() {
        Connection connection = database(
                        "?journal-mode=wal&synchronous=off&foreignKeys=false&cacheSize=-123&busy-timeout=7")
                .open();
        assertThat(Database.query(connection, "PRAGMA journal_mode").blockLast())
                .isEqualTo("wal");
        assertThat(Database.query(connection, "PRAGMA synchronous").blockLast()).isEqualTo("0");
        assertThat(Database.query(connection, "PRAGMA foreign_keys").blockLast())
                .isEqualTo("0");
        assertThat(Database.query(connection, "PRAGMA cache_size").blockLast()).isEqualTo("-123");
        Database.close(connection);
        assertThat(database("").query("PRAGMA foreign_keys")).containsExactly("1");
    }
}
