package io.forebay.cache;

import io.forebay.catalog.CatalogException;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.store.StoreException;
import java.util.Optional;
import org.slf4j.Logger;
import reactor.core.Exceptions;

/** Turns what other rooms throw into failures that may be shown. */
final class Failures {
    private Failures() {}

    static ForebayException of(Throwable thrown, Logger log) {
        Throwable cause = Exceptions.unwrap(thrown);
        if (cause instanceof ForebayException known) {
            return known;
        }
        if (cause instanceof StoreException || cause instanceof CatalogException) {
            log.warn("{}", cause.getMessage());
            return new ForebayException(
                    Kind.INTERNAL, "the disk of this server is in trouble", Optional.empty(), cause);
        }
        log.error("Unexpected failure", cause);
        return new ForebayException(
                Kind.INTERNAL, "an error in this server; its log says more", Optional.empty(), cause);
    }
}
