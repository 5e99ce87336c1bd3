package io.forebay.store;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Reads a blob from beginning to end, no faster than it is told to, and compares it with its name. */
final class Rehash {
    static final int PIECE_BYTES = 1024 * 1024;

    private final Blob blob;
    private final long bytesPerSecond;
    private final long start = System.nanoTime();
    private final Hashing hashes = new Hashing(Set.of());

    Rehash(Blob blob, long bytesPerSecond) {
        this.blob = blob;
        this.bytesPerSecond = bytesPerSecond;
    }

    Mono<Boolean> run() {
        int pieces = (int) ((blob.size() + PIECE_BYTES - 1) / PIECE_BYTES);
        return Flux.range(0, pieces)
                .concatMap(this::piece, 0)
                .then(Mono.defer(this::pace))
                .then(Mono.fromCallable(() -> hashes.finish().digest().equals(blob.digest())))
                .onErrorResume(Rehash::isDamage, e -> Mono.just(false));
    }

    private Mono<Boolean> piece(int number) {
        long offset = (long) number * PIECE_BYTES;
        int length = (int) Math.min(PIECE_BYTES, blob.size() - offset);
        Mono<Boolean> reading = blob.read(offset, length).map(this::take);
        long due = due(offset);
        return due <= 0 ? reading : Mono.delay(Duration.ofNanos(due)).then(reading);
    }

    /** Many blobs of one piece must not be read faster than a large one. */
    private Mono<Long> pace() {
        long due = due(blob.size());
        return due <= 0 ? Mono.empty() : Mono.delay(Duration.ofNanos(due));
    }

    private long due(long bytes) {
        return start + (long) (bytes * 1e9 / bytesPerSecond) - System.nanoTime();
    }

    private boolean take(ByteBuf bytes) {
        try {
            hashes.update(bytes);
            return true;
        } finally {
            bytes.release();
        }
    }

    private static boolean isDamage(Throwable error) {
        return error instanceof StoreException e && e.kind() == StoreException.Kind.DAMAGED;
    }
}
