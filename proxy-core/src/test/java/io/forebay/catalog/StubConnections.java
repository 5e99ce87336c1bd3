package io.forebay.catalog;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import java.lang.reflect.Proxy;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** Connections to nothing, whose transactions begin and commit as a script says; without a script they just do. */
final class StubConnections implements ConnectionFactory {
    final Queue<Mono<Void>> begins = new ConcurrentLinkedQueue<>();
    final Queue<Mono<Void>> commits = new ConcurrentLinkedQueue<>();
    final Queue<Mono<Void>> creates = new ConcurrentLinkedQueue<>();
    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    final AtomicInteger committed = new AtomicInteger();
    final AtomicInteger rolledBack = new AtomicInteger();

    @Override
    public Publisher<? extends Connection> create() {
        return Mono.defer(() -> next(creates).then(Mono.fromSupplier(() -> {
            opened.incrementAndGet();
            return connection();
        })));
    }

    @Override
    public ConnectionFactoryMetadata getMetadata() {
        return () -> "SQLite";
    }

    private Connection connection() {
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "beginTransaction" -> Mono.defer(() -> next(begins));
                    case "commitTransaction" ->
                        Mono.defer(() -> next(commits)).then(Mono.<Void>fromRunnable(committed::incrementAndGet));
                    case "rollbackTransaction" -> Mono.<Void>fromRunnable(rolledBack::incrementAndGet);
                    case "close" -> Mono.<Void>fromRunnable(closed::incrementAndGet);
                    case "toString" -> "stub";
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    private static Mono<Void> next(Queue<Mono<Void>> script) {
        Mono<Void> step = script.poll();
        return step == null ? Mono.empty() : step;
    }
}
