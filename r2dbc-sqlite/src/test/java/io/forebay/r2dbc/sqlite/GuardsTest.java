package io.forebay.r2dbc.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** BlockHound is on, and the driver passes it on a thread that may not block. */
class GuardsTest {
    @Test
    void blockHound_sleepOnParallelThread_isRefused() {
        Mono<Object> sleeper = Mono.fromCallable(() -> {
                    Thread.sleep(1);
                    return new Object();
                })
                .subscribeOn(Schedulers.parallel());
        assertThatThrownBy(() -> sleeper.toFuture().get())
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(BlockingOperationError.class);
    }

    @Test
    void driver_usedFromParallelThread_nothingBlocksIt() {
        Database database = Database.memory();
        Mono<Long> work = Mono.usingWhen(
                        database.factory().create(),
                        connection -> Mono.from(connection
                                        .createStatement("CREATE TABLE t(a INTEGER)")
                                        .execute())
                                .publishOn(Schedulers.parallel())
                                .flatMap(result -> Mono.from(result.getRowsUpdated()))
                                .publishOn(Schedulers.parallel())
                                .then(Mono.from(connection.beginTransaction()))
                                .publishOn(Schedulers.parallel())
                                .thenMany(connection
                                        .createStatement("INSERT INTO t VALUES (?)")
                                        .bind(0, 1)
                                        .add()
                                        .bind(0, 2)
                                        .execute())
                                .flatMap(result -> result.getRowsUpdated())
                                .publishOn(Schedulers.parallel())
                                .then(Mono.from(connection.commitTransaction()))
                                .publishOn(Schedulers.parallel())
                                .thenMany(connection
                                        .createStatement("SELECT a FROM t")
                                        .execute())
                                .flatMap(result -> result.map((row, metadata) -> row.get(0, Long.class)))
                                .publishOn(Schedulers.parallel(), 1)
                                .reduce(Long::sum),
                        connection -> connection.close())
                .subscribeOn(Schedulers.parallel());
        assertThat(work.block()).isEqualTo(3);
    }
}
