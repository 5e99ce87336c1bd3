package io.forebay.cache;

import io.forebay.catalog.CatalogOptions;
import io.forebay.catalog.Entry;
import io.forebay.catalog.Notes;
import io.forebay.catalog.SqlCatalog;
import io.forebay.model.Digest;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import io.forebay.store.DiskBlobStore;
import io.forebay.store.Draft;
import io.forebay.store.Hashing;
import io.forebay.store.StoreOptions;
import io.netty.buffer.Unpooled;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;

/** A real store and a real catalog in a directory, filled as flights fill them. */
final class Shelf implements AutoCloseable {
    static final Duration WAIT = Duration.ofSeconds(30);

    /** Larger bodies than this have a file each. */
    static final int SMALL = 1_000;

    private final Path directory;
    private final long quota;
    final DiskBlobStore store;
    final SqlCatalog catalog;

    Shelf(Path directory, long quota) {
        this.directory = directory;
        this.quota = quota;
        store = DiskBlobStore.open(StoreOptions.in(directory.resolve("store"))
                .withPacks(SMALL, 1 << 20)
                .withQuotaBytes(quota));
        ConnectionFactory connections =
                ConnectionFactories.get("r2dbc:sqlite:///" + directory.resolve("catalog.db") + "?journalMode=WAL");
        catalog = SqlCatalog.open(connections, connections, CatalogOptions.DEFAULTS)
                .block(WAIT);
    }

    Path directory() {
        return directory;
    }

    long quota() {
        return quota;
    }

    static byte[] bytes(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static Digest digest(byte[] bytes) {
        Hashing hashing = new Hashing(Set.of());
        hashing.update(Unpooled.wrappedBuffer(bytes));
        return hashing.finish().digest();
    }

    /** The file of a blob that has one. */
    Path file(Digest digest) {
        return directory
                .resolve("store/blobs")
                .resolve(digest.hex().substring(0, 2))
                .resolve(digest.hex().substring(2));
    }

    Digest artifact(String path, int size, Instant used) {
        return keep(path, Nature.ARTIFACT, bytes(size, path.hashCode()), "https://origin.test/" + path, used);
    }

    Digest keep(String path, Nature nature, byte[] bytes, String base, Instant at) {
        Digest digest = digest(bytes);
        Entry entry = new Entry(ResourceKey.of("pypi", path), nature, digest, bytes.length, Head.EMPTY, base, at, at);
        write(bytes, Notes.write(entry));
        catalog.commit(List.of(entry)).block(WAIT);
        return digest;
    }

    /** Bytes without a row. */
    Digest write(byte[] bytes, byte[] note) {
        if (bytes.length <= SMALL) {
            store.put(digest(bytes), Unpooled.wrappedBuffer(bytes), note).block(WAIT);
        } else {
            Draft draft = store.draft(OptionalLong.of(bytes.length), Set.of());
            draft.append(Unpooled.wrappedBuffer(bytes));
            draft.finish().block(WAIT);
            draft.commit(note).block(WAIT);
        }
        return digest(bytes);
    }

    @Override
    public void close() {
        store.close();
        catalog.close();
    }
}
