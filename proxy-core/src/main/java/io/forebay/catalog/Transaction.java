package io.forebay.catalog;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Option;
import io.r2dbc.spi.TransactionDefinition;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** All or nothing. */
final class Transaction {
    /** Says that it will write: SQLite takes the lock at the start then, and never fails for a snapshot that grew old. */
    private static final TransactionDefinition WRITING = new TransactionDefinition() {
        @Override
        public <T> @Nullable T getAttribute(Option<T> option) {
            return option.equals(READ_ONLY) ? option.cast(false) : null;
        }
    };

    private Transaction() {}

    /**
     * Commits when the work completes. When the work or the commit fails, rolls back and passes that error on as it is. A
     * subscriber that leaves must close the connection: that ends the transaction as well.
     */
    static <T> Mono<T> of(Connection connection, Mono<T> work) {
        return Mono.defer(() -> Mono.from(connection.beginTransaction(WRITING)))
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
