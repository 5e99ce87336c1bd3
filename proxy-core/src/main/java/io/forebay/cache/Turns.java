package io.forebay.cache;

import io.forebay.model.ForebayException;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Flux;

/**
 * Whose turn it is to do what must be done by one at a time, whoever asks. Above all what works on the whole of a store: what a copy
 * names must not be collected while it is made. Safe for use by many threads.
 */
public final class Turns {
    private final AtomicBoolean taken = new AtomicBoolean();
    private final String works;

    /** @param works what takes turns, for who has to wait */
    public Turns(String works) {
        this.works = works;
    }

    /**
     * The work, which has its turn from its subscription to its end.
     *
     * @throws ForebayException of kind {@code OVERLOADED} when other work has it; the work itself fails so when other work was
     *     quicker
     */
    public <T> Flux<T> take(Flux<T> work) {
        if (taken.get()) {
            throw busy();
        }
        return Flux.using(this::begin, begun -> work, begun -> taken.set(false));
    }

    private Boolean begin() {
        if (!taken.compareAndSet(false, true)) {
            throw busy();
        }
        return true;
    }

    private ForebayException busy() {
        return new ForebayException(ForebayException.Kind.OVERLOADED, works + " runs already: one at a time");
    }
}
