package io.forebay.catalog;

import io.forebay.model.Digest;
import io.forebay.model.ResourceKey;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What is known of stored resources. Rows are derived from the store's notes and may be lost; bytes are never here.
 *
 * <p>Threads: every method may be called from any thread, event loops included; none blocks. Reads use connections of their
 * own and never wait for the writer. Writes go through one writer that batches what has queued into one transaction; the
 * queue is bounded.
 *
 * <p>Failure: {@link CatalogException}. A caller goes on without the catalog: a read that fails is a miss, a write that fails
 * leaves an orphan blob that the note brings back.
 */
public interface Catalog extends AutoCloseable {
    /** The newest revision, from memory when it is hot there; never touches the database. */
    Optional<Entry> hot(ResourceKey key);

    /** The newest revision. */
    Mono<Entry> find(ResourceKey key);

    /** The revision that was the newest at an instant. */
    Mono<Entry> asOf(ResourceKey key, Instant instant);

    /** The oldest revision. */
    Mono<Entry> oldest(ResourceKey key);

    /** Every revision, newest first. */
    Flux<Entry> revisions(ResourceKey key);

    /**
     * Makes entries the newest revisions of their resources, all in one transaction: readers see all or none. An entry whose
     * digest is already the newest revision's updates that row's head and time of validation and keeps its time of first
     * sight. Durable when the signal comes.
     */
    Mono<Void> commit(List<Entry> entries);

    /** Records that the origin confirmed the newest revision. Buffered: may be lost in a crash. */
    void validated(ResourceKey key, Instant instant);

    /** Forgets a resource with all its revisions. The blobs stay. */
    Mono<Void> forget(ResourceKey key);

    /** Forgets every row that names the blob: its bytes are gone or wrong. */
    Mono<Void> forget(Digest digest);

    /** Digests that a row names. */
    Flux<Digest> digests();

    /** Records that a resource was cut out of an artifact of a page. */
    Mono<Void> cut(ResourceKey page, String artifactPath, Digest digest);

    /** What was cut out of a page's artifacts: path of the artifact's key to the digest of the cut resource. */
    Mono<Map<String, Digest>> cuts(ResourceKey page);

    /** Records bytes that were not what was promised. Buffered. */
    void quarantine(Quarantined entry);

    /** The newest quarantine entries, newest first. */
    Flux<Quarantined> quarantined(int limit);

    /** Counts one served download. Buffered, never waits; dropped and counted as dropped when the buffer is full. */
    void used(Use use);

    /** Number of resources and of revisions. */
    Mono<Census> census();

    /** Writes what is buffered, closes connections. */
    @Override
    void close();

    /**
     * Bytes that were refused.
     *
     * @param reason what was promised and what came
     */
    record Quarantined(ResourceKey key, String url, String reason, Instant at) {}

    /**
     * A download served.
     *
     * @param version empty text when unknown
     */
    record Use(String repository, String ecosystem, String name, String version, Instant at, long bytes) {}

    /** Sizes of the catalog. */
    record Census(long resources, long revisions) {}
}
