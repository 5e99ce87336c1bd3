package io.forebay.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.forebay.catalog.Catalog;
import io.forebay.model.Digest;
import io.forebay.model.ForebayException;
import io.forebay.store.Blob;
import io.forebay.store.BlobStore;
import io.forebay.store.StoreException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Bodies for answers: small ones from memory, large ones from their files. Safe for use by many threads.
 *
 * <p>The memory is outside the heap: it is most of what lives long here, and a collector would move it again and again.
 */
final class Blobs implements AutoCloseable {
    /** What a cached body weighs beside its bytes: map entry, key, buffer. */
    private static final int OVERHEAD_BYTES = 200;

    /** How long what could not be read is fetched again at once: disks that fail for a moment heal by then. */
    private static final Duration UNREADABLE = Duration.ofMinutes(1);

    private static final int UNREADABLE_MAX = 10_000;

    private final BlobStore store;
    /** Buffers that are counted and never from a pool: who comes too late finds one released, not somebody else's. */
    private final Cache<Digest, ByteBuf> hot;

    private volatile boolean closed;

    private final Cache<Digest, Boolean> unreadable = Caffeine.newBuilder()
            .maximumSize(UNREADABLE_MAX)
            .expireAfterWrite(UNREADABLE)
            .build();

    /**
     * Opens bodies of a store.
     *
     * @param memoryBytes most that small bodies may take in memory
     */
    Blobs(BlobStore store, long memoryBytes) {
        this.store = store;
        this.hot = Caffeine.newBuilder()
                .maximumWeight(memoryBytes)
                .weigher((Digest digest, ByteBuf bytes) -> bytes.capacity() + OVERHEAD_BYTES)
                .removalListener((@Nullable Digest digest, @Nullable ByteBuf bytes, RemovalCause cause) -> {
                    if (bytes != null) {
                        bytes.release();
                    }
                })
                .executor(Runnable::run)
                .build();
    }

    /** Keeps a small body that was just stored. */
    void keep(Digest digest, byte[] bytes) {
        hot.put(digest, Unpooled.directBuffer(bytes.length, bytes.length).writeBytes(bytes));
        if (closed) {
            // Who was still reading when the cache was closed must not leave its buffer behind.
            hot.invalidate(digest);
        }
    }

    /** A small body that is kept, owned by the caller. */
    private Optional<ByteBuf> kept(Digest digest) {
        ByteBuf bytes = hot.getIfPresent(digest);
        if (bytes == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(bytes.retainedDuplicate());
        } catch (IllegalReferenceCountException e) {
            // Another thread has made room since the look.
            return Optional.empty();
        }
    }

    /** The disk did not give a body that the store has. */
    void cannotBeRead(Digest digest) {
        unreadable.put(digest, true);
    }

    /** Whether the store has a body and the disk has not refused it lately. */
    boolean isThere(Digest digest) {
        return store.contains(digest) && unreadable.getIfPresent(digest) == null;
    }

    /** The body, if it can be had without waiting for the disk. */
    Optional<Body> now(Digest digest) {
        Optional<ByteBuf> bytes = kept(digest);
        if (bytes.isPresent()) {
            return bytes.map(MemoryBody::of);
        }
        return store.openNow(digest).flatMap(blob -> {
            if (blob.size() > store.smallBytes()) {
                return Optional.of(stored(blob));
            }
            blob.close();
            return Optional.empty();
        });
    }

    private Body stored(Blob blob) {
        Digest digest = blob.digest();
        return new StoredBody(
                blob,
                e -> {
                    if (!(e instanceof StoreException refused) || refused.kind() != StoreException.Kind.BUSY) {
                        cannotBeRead(digest);
                    }
                },
                () -> unreadable.getIfPresent(digest) == null ? now(digest) : Optional.empty());
    }

    /** The body; empty when the store does not have it. */
    Mono<Body> open(Digest digest) {
        return Mono.defer(() -> now(digest).map(Mono::just).orElseGet(() -> opened(digest)));
    }

    private Mono<Body> opened(Digest digest) {
        return store.open(digest).flatMap(blob -> {
            if (blob.size() > store.smallBytes()) {
                return Mono.just(stored(blob));
            }
            return bytes(blob).doOnNext(bytes -> keep(digest, bytes)).map(MemoryBody::of);
        });
    }

    /**
     * The whole of a body as an array that must not be changed.
     *
     * @param bytesMax a larger body is an error: what reads it whole has a limit
     */
    Mono<byte[]> read(Digest digest, long bytesMax) {
        Optional<ByteBuf> bytes = kept(digest);
        if (bytes.isPresent()) {
            return Mono.just(taken(bytes.get()));
        }
        return store.open(digest).flatMap(blob -> {
            if (blob.size() > bytesMax) {
                blob.close();
                return Mono.error(ForebayException.originInvalid(
                        "an index of " + blob.size() + " bytes is larger than the " + bytesMax + " that are read"));
            }
            return bytes(blob);
        });
    }

    private static Mono<byte[]> bytes(Blob blob) {
        return blob.read(0, (int) blob.size()).map(Blobs::taken).doFinally(signal -> blob.close());
    }

    private static byte[] taken(ByteBuf buffer) {
        try {
            return ByteBufUtil.getBytes(buffer);
        } finally {
            buffer.release();
        }
    }

    /** Deletes a blob if nothing names it: rows go before bytes. Whether it was deleted. */
    static Mono<Boolean> deleteUnnamed(BlobStore store, Catalog catalog, Digest digest) {
        return catalog.isNamed(digest)
                .flatMap(
                        named -> named ? Mono.just(false) : store.delete(digest).thenReturn(true));
    }

    /** Gives the memory back; bodies that are being read keep theirs. */
    @Override
    public void close() {
        closed = true;
        hot.invalidateAll();
    }

    BlobStore store() {
        return store;
    }

    /** Weight of what is kept in memory, in bytes. */
    long memoryBytes() {
        return hot.policy()
                .eviction()
                .map(eviction -> eviction.weightedSize().orElse(0))
                .orElse(0L);
    }
}
