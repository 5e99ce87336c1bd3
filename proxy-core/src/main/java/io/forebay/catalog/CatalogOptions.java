package io.forebay.catalog;

import java.time.Duration;

/**
 * Limits of a {@link SqlCatalog}.
 *
 * @param queueLimit writes that may wait for the writer; one more fails at once. It bounds the memory a locked database
 *     costs (about 1 KiB a write)
 * @param batchLimit writes in one transaction. It bounds how long the first of a batch waits for the last
 * @param hotEntries newest revisions kept in memory (about 650 bytes each)
 * @param bufferLimit different keys each buffer of uses, validations and quarantine entries holds between two flushes; what
 *     is over is dropped and counted. It bounds their memory (about 200 bytes a key) and how long a flush can take
 * @param flushEvery how often the buffers are written: what a crash may cost
 * @param retryLimit how long a transaction is tried again while the database is busy
 * @param operationLimit how long one read, or one attempt of a transaction, may take: longer than the busy time-out of the
 *     connection
 * @param checkMaxBytes a database up to this size is checked when it is opened; a larger one would hold up the start, and
 *     shows its damage when it is read
 */
public record CatalogOptions(
        int queueLimit,
        int batchLimit,
        int hotEntries,
        int bufferLimit,
        Duration flushEvery,
        Duration retryLimit,
        Duration operationLimit,
        long checkMaxBytes) {
    /** What a small machine wants. */
    public static final CatalogOptions DEFAULTS = new CatalogOptions(
            4_096,
            256,
            20_000,
            200_000,
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            Duration.ofSeconds(20),
            128L << 20);

    public CatalogOptions {
        if (queueLimit < 1 || batchLimit < 1 || hotEntries < 1 || bufferLimit < 1) {
            throw new IllegalArgumentException("a limit of the catalog is less than one");
        }
        if (flushEvery.isNegative() || flushEvery.isZero() || operationLimit.isNegative() || operationLimit.isZero()) {
            throw new IllegalArgumentException("a time of the catalog is not positive");
        }
    }
}
