package io.forebay.model;

/** Told of every answered request. Called on event loops: implementations are quick, and neither block nor throw. */
@FunctionalInterface
public interface Exchanges {
    void ended(Exchange exchange);

    /** Tells this one, then the other. */
    default Exchanges and(Exchanges other) {
        return exchange -> {
            ended(exchange);
            other.ended(exchange);
        };
    }
}
