package io.forebay.catalog;

import io.forebay.model.ResourceKey;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * Prints what counting downloads costs who reads the database meanwhile; no test, not in the gate. 100,000 downloads a second of
 * as many different package versions, each a row, beside reads that are asked for every millisecond. Argument: a directory on
 * the disk to be measured, which is made and removed.
 */
final class UsageBenchmark {
    private static final int ROWS_PER_SECOND = 100_000;
    private static final int SECONDS = 10;
    private static final int MILLIS = 1_000;

    private UsageBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createDirectories(Path.of(arguments[0]));
        ConnectionFactory database = ConnectionFactories.get("r2dbc:sqlite:///"
                + directory.resolve("catalog.db").toAbsolutePath() + "?journalMode=WAL&synchronous=FULL");
        ConnectionPool reads = new ConnectionPool(
                ConnectionPoolConfiguration.builder(database).maxSize(4).build());
        SqlCatalog catalog = SqlCatalog.open(reads, database, CatalogOptions.DEFAULTS)
                .blockOptional(Duration.ofMinutes(1))
                .orElseThrow();
        LongAdder transactions = new LongAdder();
        try {
            run(catalog, "warm-up", ROWS_PER_SECOND);
            run(catalog, "reads alone", 0);
            catalog.watch(nanos -> {}, nanos -> transactions.add(nanos / 1_000));
            run(catalog, "reads beside " + ROWS_PER_SECOND + " rows/s", ROWS_PER_SECOND);
            System.out.printf(
                    "transactions took %.1f of %d s; dropped %d rows%n",
                    transactions.sum() / 1e6, SECONDS, catalog.activity().dropped());
        } finally {
            catalog.close();
            reads.disposeLater().block(Duration.ofMinutes(1));
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        }
    }

    private static void run(SqlCatalog catalog, String title, int rowsPerSecond) throws InterruptedException {
        long[] micros = new long[SECONDS * MILLIS];
        AtomicInteger answered = new AtomicInteger();
        long begun = System.nanoTime();
        for (int i = 0; i < SECONDS * MILLIS; i++) {
            Instant now = Instant.now();
            for (int row = 0; row < rowsPerSecond / MILLIS; row++) {
                int number = i % MILLIS * (rowsPerSecond / MILLIS) + row;
                catalog.used(new Catalog.Use("pypi", "python", "package" + number, "1.0", now, 1));
            }
            int slot = i;
            long asked = System.nanoTime();
            // Of one resource, so that it is the database that answers, not what is kept of it in memory.
            catalog.revisions(ResourceKey.of("pypi", "resource" + i)).count().subscribe(found -> {
                micros[slot] = (System.nanoTime() - asked) / 1_000;
                answered.incrementAndGet();
            });
            long rest = begun + (i + 1) * TimeUnit.MILLISECONDS.toNanos(1) - System.nanoTime();
            if (rest > 0) {
                TimeUnit.NANOSECONDS.sleep(rest);
            }
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        while (answered.get() < micros.length) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        Arrays.sort(micros);
        System.out.printf(
                "%-28s %,9.0f rows/s, reads p50 %,d µs, p99 %,d µs, max %,d µs%n",
                title,
                (double) rowsPerSecond * SECONDS / seconds,
                micros[micros.length / 2],
                micros[micros.length * 99 / 100],
                micros[micros.length - 1]);
    }
}
