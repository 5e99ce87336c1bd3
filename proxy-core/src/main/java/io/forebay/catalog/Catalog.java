package io.forebay.catalog;

import io.forebay.model.Digest;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import java.time.Instant;
import java.time.LocalDate;
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

    /** Uses counted, newest day first, within a day by name. */
    Flux<Count> uses(UseFilter filter);

    /** Forgets the uses of days before the one given. */
    Mono<Long> forgetUses(LocalDate before);

    /** Every row that names the blob. */
    Flux<Entry> naming(Digest digest);

    /** Whether a row or a cut names the blob. */
    Mono<Boolean> isNamed(Digest digest);

    /** Every resource of a source. */
    Flux<ResourceKey> keys(String source);

    /** Forgets the newest revision of a resource; the one before it, if there is one, becomes the newest. */
    Mono<Void> forgetNewest(ResourceKey key);

    /**
     * Blobs that can be missed, those unused for longest first: artifacts, and revisions of indexes that a later one has
     * replaced. The newest revision of an index is never among them, nor what did not come from an origin by HTTP and so
     * cannot be fetched again. Times of use are exact to the hour.
     *
     * @param limit for each of the two kinds
     */
    Flux<Idle> idle(int limit);

    /** Forgets every row that names the blob, unless one was used or written since {@link #idle}: false then. */
    Mono<Boolean> forgetIdle(Idle idle);

    /**
     * Thins history: of an index's revisions seen before the instant, the last one of each day (UTC) stays, so that every
     * date still answers what it did.
     *
     * @return the blobs of the rows that were forgotten; other rows may name them
     */
    Flux<Digest> thin(Instant before);

    /**
     * Puts entries of notes where they belong in history. May run beside other work and be repeated: what is there already
     * stays as it is.
     *
     * @return how many revisions were missing
     */
    Mono<Long> rebuild(Flux<Entry> entries);

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

    /**
     * Downloads of one version in one day.
     *
     * @param version empty text when unknown
     * @param day UTC
     */
    record Count(
            LocalDate day,
            String repository,
            String ecosystem,
            String name,
            String version,
            long downloads,
            long bytes) {}

    /**
     * Which counts are wanted.
     *
     * @param repository its name; empty for all
     * @param name of the package; empty for all
     * @param from first day
     * @param to last day
     * @param limit most rows
     */
    record UseFilter(Optional<String> repository, Optional<String> name, LocalDate from, LocalDate to, int limit) {}

    /**
     * A blob that can be missed.
     *
     * @param used when it was last asked for; for a revision of an index, when the origin last confirmed it as it was written
     */
    record Idle(Digest digest, Nature nature, long size, Instant used) {}

    /** Sizes of the catalog. */
    record Census(long resources, long revisions) {}
}
