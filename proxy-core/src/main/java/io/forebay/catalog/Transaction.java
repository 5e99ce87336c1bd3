package io.forebay.catalog;

import io.r2dbc.spi.Connection;
import reactor.core.publisher.Mono;

/** All or nothing. */
final class Transaction {
    private Transaction() {}

    /** Commits when the work completes, rolls back and passes the work's error on when it fails. */
    static <T> Mono<T> of(Connection connection, Mono<T> work) {
        return Mono.usingWhen(
                Mono.defer(() -> Mono.from(connection.beginTransaction()).thenReturn(connection)),
                begun -> work,
                Connection::commitTransaction,
                (begun, failure) -> Mono.from(begun.rollbackTransaction()).onErrorResume(second -> {
                    failure.addSuppressed(second);
                    return Mono.empty();
                }),
                Connection::rollbackTransaction);
    }
}
