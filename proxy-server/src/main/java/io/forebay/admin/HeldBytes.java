package io.forebay.admin;

import io.forebay.cache.BlobInput;
import io.forebay.model.Digest;
import io.forebay.store.BlobStore;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Reads stored bodies on the pages' own workers, which may block. */
final class HeldBytes {
    /** The largest body that is read whole; only lists of names are larger, and those are streamed. */
    static final int BYTES_MAX = 64 << 20;

    private static final int BUFFER_BYTES = 64 << 10;

    private final BlobStore store;
    private final Scheduler workers;

    HeldBytes(BlobStore store, Scheduler workers) {
        this.store = store;
        this.workers = workers;
    }

    /** What is made of a body. */
    @FunctionalInterface
    interface Reading<T> {
        T read(InputStream body) throws IOException;
    }

    /** Empty when the store does not have it. */
    <T> Mono<T> read(Digest digest, Reading<T> reading) {
        return Mono.usingWhen(
                store.open(digest),
                blob -> Mono.fromCallable(
                                () -> reading.read(new BufferedInputStream(new BlobInput(blob), BUFFER_BYTES)))
                        .subscribeOn(workers),
                blob -> Mono.fromRunnable(blob::close));
    }

    /** The whole body; what is larger than {@link #BYTES_MAX} is cut there. */
    Mono<byte[]> whole(Digest digest) {
        return read(digest, body -> body.readNBytes(BYTES_MAX));
    }
}
