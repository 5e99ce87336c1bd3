package io.forebay.cache;

import io.forebay.model.ForebayException;
import java.util.Optional;

/**
 * What a client got.
 *
 * @param failure why the body broke, when it did; then {@code bytes} is what came before
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Reading(Answer answer, byte[] bytes, Optional<ForebayException> failure) {
    boolean isWhole() {
        return failure.isEmpty();
    }
}
