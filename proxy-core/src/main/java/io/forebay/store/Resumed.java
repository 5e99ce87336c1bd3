package io.forebay.store;

import reactor.core.publisher.Mono;

/**
 * The beginning of a body that was suspended ({@link Draft#suspend}) and is taken up again ({@link BlobStore#resume}).
 *
 * @param draft goes on behind the bytes that are there; the taker's to commit, suspend or abort
 * @param note what was given when it was suspended
 * @param sound signals when the bytes have been read again: whether they are what was suspended. Nothing may be appended
 *     before, {@link Draft#written} is zero until then, and with {@code false} the draft has ended
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Resumed(Draft draft, byte[] note, Mono<Boolean> sound) {}
