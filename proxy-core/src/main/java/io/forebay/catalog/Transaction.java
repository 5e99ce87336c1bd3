package io.forebay.catalog;

import io.r2dbc.spi.Connection;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** All or nothing. */
final class Transaction {
    private Transaction() {}

    /**
     * Commits when the work completes. When the work or the commit fails, rolls back and passes that error on as it is. A
     * subscriber that leaves must close the connection: that ends the transaction as well.
     */
    static <T> Mono<T> of(Connection connection, Mono<T> work) {
        return Mono.defer(() -> Mono.from(connection.beginTransaction()))
                .then(work.map(Optional::of).defaultIfEmpty(Optional.empty()))
                .flatMap(result -> Mono.from(connection.commitTransaction()).thenReturn(result))
                .onErrorResume(failure -> rollback(connection, failure).then(Mono.error(failure)))
                .flatMap(Mono::justOrEmpty);
    }

    private static Mono<Void> rollback(Connection connection, Throwable failure) {
        return Mono.defer(() -> Mono.from(connection.rollbackTransaction())).onErrorResume(second -> {
            failure.addSuppressed(second);
            return Mono.empty();
        });
    }
}
