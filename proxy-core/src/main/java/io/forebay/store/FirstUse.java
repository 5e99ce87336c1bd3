package io.forebay.store;

import io.forebay.model.Digest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The first use of a large file after a start: its bytes are hashed before anybody is sent one, because a disk may have changed
 * them while nobody looked. Who asks meanwhile waits for the same check. A file that is not what its name says is deleted.
 *
 * <p>Safe for use by many threads; never blocks.
 */
final class FirstUse {
    private static final Logger LOG = LoggerFactory.getLogger(FirstUse.class);

    private final Index index;
    private final Function<Digest, Mono<Boolean>> rehash;
    private final Function<Digest, Mono<Void>> delete;
    private final Map<Digest, Mono<Void>> running = new ConcurrentHashMap<>();

    /**
     * Checks the blobs of an index.
     *
     * @param rehash whether the bytes are what they were; an error when the disk cannot say
     */
    FirstUse(Index index, Function<Digest, Mono<Boolean>> rehash, Function<Digest, Mono<Void>> delete) {
        this.index = index;
        this.rehash = rehash;
        this.delete = delete;
    }

    /** Completes when the blob is sound, or gone; at once when it needs no check. */
    Mono<Void> of(Digest digest) {
        if (unchecked(digest).isEmpty()) {
            return Mono.empty();
        }
        return running.computeIfAbsent(digest, wanted -> rehash.apply(wanted)
                .flatMap(sound -> sound ? Mono.<Void>fromRunnable(() -> trust(wanted)) : damaged(wanted))
                .doOnTerminate(() -> running.remove(wanted))
                .cache());
    }

    private Optional<Location.Large> unchecked(Digest digest) {
        return index.find(digest)
                .filter(Location.Large.class::isInstance)
                .map(Location.Large.class::cast)
                .filter(large -> !large.checked());
    }

    /** The place may change meanwhile, when its record moves to another pack. */
    private void trust(Digest digest) {
        Optional<Location.Large> now = unchecked(digest);
        while (now.isPresent() && !index.replace(digest, now.get(), now.get().seenSound())) {
            now = unchecked(digest);
        }
    }

    private Mono<Void> damaged(Digest digest) {
        LOG.warn("the file of {} is not what it was and is dropped", digest);
        return delete.apply(digest);
    }
}
