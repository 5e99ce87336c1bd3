package io.forebay.cache;

import io.forebay.catalog.Notes;
import io.forebay.catalog.Unfinished;
import io.forebay.model.Algorithm;
import io.forebay.model.Digest;
import io.forebay.model.Head;
import io.forebay.model.ResourceKey;
import io.forebay.store.BlobStore;
import io.forebay.store.Draft;
import io.forebay.store.Hashing;
import io.forebay.store.Resumed;
import io.forebay.store.StoreException;
import io.forebay.upstream.OriginAnswer;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The beginning of a body that a process which has ended had fetched, for a flight that goes on from it. Nothing of it is given
 * to a client, or counts as received, before the origin has said that it has the rest of just these bytes.
 *
 * <p>Ends once: used, put back or dropped. Used by one flight.
 */
final class Beginning {
    private static final Logger LOG = LoggerFactory.getLogger(Beginning.class);

    private final Resumed part;
    private final Unfinished known;

    private Beginning(Resumed part, Unfinished known) {
        this.part = part;
        this.known = known;
    }

    /** The name under which the beginning of a resource's body is suspended. */
    static Digest name(ResourceKey key) {
        Hashing hashing = new Hashing(Set.of());
        String text = String.join("\n", key.source(), key.path(), key.variant());
        hashing.update(Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8)));
        return hashing.finish().digest();
    }

    /** What there is of a resource; from here on it is nobody else's. */
    static Optional<Beginning> take(BlobStore store, ResourceKey key, Set<Algorithm> algorithms) {
        if (!store.hasParts()) {
            return Optional.empty();
        }
        Optional<Resumed> part;
        try {
            part = store.resume(name(key), algorithms);
        } catch (StoreException e) {
            LOG.info("{} is fetched from its start: {}", key, e.getMessage());
            return Optional.empty();
        }
        Optional<Beginning> usable = part.flatMap(found -> Notes.readUnfinished(found.note())
                .filter(known ->
                        known.key().equals(key) && Heads.isStrong(known.head().originEtag()))
                .map(known -> new Beginning(found, known)));
        if (usable.isEmpty()) {
            part.ifPresent(found -> found.draft().abort());
        }
        return usable;
    }

    /** Whether it was read again as it was written; if not, it has gone. */
    Mono<Boolean> sound() {
        return part.sound();
    }

    Draft draft() {
        return part.draft();
    }

    Unfinished known() {
        return known;
    }

    Head head() {
        return known.head();
    }

    /** How many bytes there are, once it is sound. */
    long length() {
        return part.draft().written();
    }

    /** Whether a 206 brings the rest of just these bytes. */
    boolean isContinuedBy(OriginAnswer answer) {
        String rest = "bytes " + length() + "-" + (known.total() - 1) + "/" + known.total();
        return rest.equals(answer.headers().get(HttpHeaderNames.CONTENT_RANGE))
                && known.head()
                        .originEtag()
                        .equals(Optional.ofNullable(answer.headers().get(HttpHeaderNames.ETAG)));
    }

    /** It was not used: the next flight may. */
    void putBack() {
        part.draft()
                .suspend(name(known.key()), part.note())
                .subscribe(
                        nothing -> {},
                        e -> LOG.info("The beginning of {} is not kept: {}", known.key(), e.getMessage()));
    }

    /** It is of no use. */
    void drop(String reason) {
        LOG.info("{} is fetched from its start: {}", known.key(), reason);
        part.draft().abort();
    }
}
