package io.forebay.cache;

import io.forebay.catalog.Catalog;
import io.forebay.catalog.Entry;
import io.forebay.catalog.Notes;
import io.forebay.model.Candidate;
import io.forebay.model.Digest;
import io.forebay.model.ForebayException;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.model.Plan;
import io.forebay.model.Rendition;
import io.forebay.model.ResourceKey;
import io.forebay.store.Blob;
import io.forebay.store.Draft;
import io.forebay.store.Hashing;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Cuts small resources out of stored artifacts and stores them as artifacts of their own. */
final class Derivations {
    private final Catalog catalog;
    private final Blobs blobs;
    private final Scheduler workers;
    private final Consumer<ResourceKey> recorded;
    private final InstantSource clock;

    /** @param recorded told of a page whose cuts in the catalog are others now */
    Derivations(Catalog catalog, Blobs blobs, Scheduler workers, Consumer<ResourceKey> recorded, InstantSource clock) {
        this.catalog = catalog;
        this.blobs = blobs;
        this.workers = workers;
        this.recorded = recorded;
        this.clock = clock;
    }

    /** The derived resource under the candidate's key; empty when the artifact does not hold it. */
    Mono<Entry> cut(Candidate candidate, Plan.Derivation derivation, Entry from) {
        return Mono.usingWhen(
                        blobs.store().open(from.digest()),
                        blob -> Mono.fromCallable(() -> extract(derivation, blob))
                                .subscribeOn(workers),
                        blob -> Mono.fromRunnable(blob::close))
                .flatMap(found -> found.<Mono<Rendition>>map(Mono::just).orElseGet(Mono::empty))
                .flatMap(rendition -> stored(candidate, from, rendition));
    }

    private static Optional<Rendition> extract(Plan.Derivation derivation, Blob blob) {
        try {
            return derivation.extractor().extract(new BlobChannel(blob));
        } catch (IOException e) {
            throw ForebayException.originInvalid("what the origin sent cannot be read: " + e.getMessage());
        }
    }

    private Mono<Entry> stored(Candidate candidate, Entry from, Rendition rendition) {
        Hashing hashing = new Hashing(Set.of());
        hashing.update(Unpooled.wrappedBuffer(rendition.body()));
        Draft.Sum sum = hashing.finish();
        Digest digest = sum.digest();
        Instant now = clock.instant();
        Head head = new Head(
                Optional.of(rendition.contentType()),
                Optional.of(Heads.etag(digest.checksum())),
                Optional.empty(),
                from.head().lastModified(),
                rendition.extra());
        Entry entry = new Entry(candidate.key(), Nature.ARTIFACT, digest, sum.size(), head, from.base(), now, now);
        Mono<Void> cut = candidate
                .listing()
                .map(listed -> recorded(listed.forms().get(0).key(), from, digest))
                .orElseGet(Mono::empty);
        return blobs.store()
                .put(digest, Unpooled.wrappedBuffer(rendition.body()), Notes.write(entry))
                .then(catalog.commit(List.of(entry)))
                .then(cut)
                .thenReturn(entry);
    }

    private Mono<Void> recorded(ResourceKey page, Entry from, Digest digest) {
        return catalog.cut(page, from.key().path(), digest).doOnSuccess(nothing -> recorded.accept(page));
    }
}
