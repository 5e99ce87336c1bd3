package io.forebay.app;

import io.forebay.catalog.Entry;
import io.forebay.catalog.Notes;
import io.forebay.catalog.SqlCatalog;
import io.forebay.model.Digest;
import io.forebay.model.ForebayException;
import io.forebay.store.BlobStore;
import io.forebay.store.Draft;
import io.forebay.store.StoreException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongConsumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Takes an {@link ExportDirectory} in, beside what is held already. All of it is read and hashed before anything is changed, and
 * the bytes are hashed once more while they are stored. History is merged: a revision takes its place by the time it was first
 * seen. What was put in here itself and did not come from an origin stays the newest. A second run does what the first one left.
 *
 * <p>One thread, which blocks. Failure: {@link ForebayException}; {@code BAD_REQUEST} when the export is not whole and sound, and
 * then nothing was changed.
 */
final class Import {
    private static final int CHUNK = 256 << 10;

    /** Rows in one transaction, and small bodies that share an fsync. */
    private static final int BATCH = 500;

    private static final int AT_ONCE = 32;

    private final SqlCatalog catalog;
    private final BlobStore store;
    private final ExportDirectory directory;
    private final Set<String> sources;
    private final LongConsumer progress;
    private long done;
    private long entries;
    private long elsewhere;
    private long kept;
    private long placed;

    private Import(
            SqlCatalog catalog,
            BlobStore store,
            ExportDirectory directory,
            Set<String> sources,
            LongConsumer progress) {
        this.catalog = catalog;
        this.store = store;
        this.directory = directory;
        this.sources = sources;
        this.progress = progress;
    }

    /**
     * Imports.
     *
     * @param sources names of those that are configured here; what is of others is left out and counted
     */
    static Flux<Object> run(SqlCatalog catalog, BlobStore store, Path from, Set<String> sources) {
        return LongWork.of("import", progress -> new Import(
                        catalog,
                        store,
                        new ExportDirectory(from.toAbsolutePath().normalize()),
                        sources,
                        progress)
                .taken());
    }

    private Map<String, Object> taken() throws IOException {
        Map<Digest, Long> fresh = checked();
        long bytes = fresh.values().stream().mapToLong(Long::longValue).sum();
        List<Entry> batch = new ArrayList<>();
        directory.entries(entry -> {
            if (sources.contains(entry.key().source())) {
                batch.add(entry);
            }
            if (batch.size() == BATCH) {
                take(batch);
                batch.clear();
            }
        });
        take(batch);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("entries", entries);
        result.put("new_entries", placed);
        result.put("new_blobs", fresh.size());
        result.put("new_bytes", bytes);
        result.put("kept_local", kept);
        result.put("other_sources", elsewhere);
        return result;
    }

    /** Reads everything that would be taken; the blobs that are not here yet, with their sizes. */
    private Map<Digest, Long> checked() throws IOException {
        if (!Files.isDirectory(directory.path())) {
            throw ForebayException.badRequest(directory.path() + " is not a directory");
        }
        directory.checkCatalog();
        Map<Digest, Long> fresh = new LinkedHashMap<>();
        directory.entries(entry -> {
            entries++;
            if (!sources.contains(entry.key().source())) {
                elsewhere++;
            } else if (!store.contains(entry.digest()) && fresh.put(entry.digest(), entry.size()) == null) {
                directory.checkBlob(entry.digest(), entry.size(), this::advance);
            }
        });
        if (entries > 0 && elsewhere == entries) {
            throw ForebayException.badRequest(
                    "the export holds nothing of the sources here: " + String.join(", ", sources));
        }
        long bytes = fresh.values().stream().mapToLong(Long::longValue).sum();
        long limit = store.room().limitBytes();
        if (bytes > limit) {
            throw ForebayException.badRequest(
                    "the export needs " + bytes + " bytes, and cache.max-size allows " + limit + " in all");
        }
        return fresh;
    }

    private void advance(long bytes) {
        done += bytes;
        progress.accept(done);
    }

    private void take(List<Entry> batch) throws IOException {
        List<Entry> mine = new ArrayList<>();
        List<Mono<Void>> small = new ArrayList<>();
        for (Entry entry : batch) {
            if (isReplacedByLocal(entry)) {
                kept++;
            } else if (store.contains(entry.digest())) {
                mine.add(entry);
                small.add(noted(entry));
            } else if (entry.size() <= store.smallBytes()) {
                mine.add(entry);
                small.add(Mono.defer(() -> put(entry)).subscribeOn(Schedulers.boundedElastic()));
            } else {
                mine.add(entry);
                large(entry);
            }
            progress.accept(done);
        }
        Flux.fromIterable(small).flatMap(work -> work, AT_ONCE).blockLast();
        placed += catalog.rebuild(Flux.fromIterable(mine)).blockOptional().orElse(0L);
    }

    /** What was uploaded here is not what another server says of its name. */
    private boolean isReplacedByLocal(Entry entry) {
        return catalog.find(entry.key())
                .blockOptional()
                .filter(newest -> !newest.base().startsWith("http"))
                .filter(newest -> !newest.digest().equals(entry.digest()))
                .isPresent();
    }

    /** A further note for bytes that are here, unless the row is as well. */
    private Mono<Void> noted(Entry entry) {
        return catalog.asOf(entry.key(), entry.seen())
                .map(row -> row.digest().equals(entry.digest()))
                .defaultIfEmpty(false)
                .flatMap(known -> known ? Mono.empty() : store.note(entry.digest(), Notes.write(entry)));
    }

    private Mono<Void> put(Entry entry) {
        try {
            byte[] body = Files.readAllBytes(directory.blob(entry.digest()));
            if (!HexFormat.of()
                    .formatHex(ExportDirectory.sha256().digest(body))
                    .equals(entry.digest().hex())) {
                return Mono.error(ExportDirectory.damaged(entry.digest()));
            }
            return store.put(entry.digest(), Unpooled.wrappedBuffer(body), Notes.write(entry));
        } catch (IOException e) {
            return Mono.error(new ForebayException(ForebayException.Kind.INTERNAL, "import: " + LongWork.reason(e)));
        }
    }

    private void large(Entry entry) throws IOException {
        Draft draft = store.draft(OptionalLong.of(entry.size()), Set.of());
        try {
            try (InputStream in = Files.newInputStream(directory.blob(entry.digest()))) {
                for (byte[] chunk = in.readNBytes(CHUNK); chunk.length > 0; chunk = in.readNBytes(CHUNK)) {
                    append(draft, Unpooled.wrappedBuffer(chunk));
                }
            }
            Draft.Sum sum = draft.finish().blockOptional().orElseThrow();
            if (!sum.digest().equals(entry.digest())) {
                throw ExportDirectory.damaged(entry.digest());
            }
            draft.commit(Notes.write(entry)).block();
        } catch (IOException | RuntimeException e) {
            draft.takeUnwritten().forEach(ByteBuf::release);
            draft.abort();
            throw e;
        }
    }

    private static void append(Draft draft, ByteBuf bytes) {
        if (!draft.append(bytes)) {
            CountDownLatch room = new CountDownLatch(1);
            draft.onRoom(room::countDown);
            try {
                room.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ForebayException(ForebayException.Kind.INTERNAL, "import: interrupted");
            }
        }
        draft.failure().ifPresent(Import::fail);
    }

    private static void fail(StoreException failure) {
        throw failure;
    }
}
