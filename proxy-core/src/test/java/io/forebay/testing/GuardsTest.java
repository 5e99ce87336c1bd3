package io.forebay.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineTestKit;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The guards are on: each is made to fire. */
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
    void leakDetector_bufferLeftBehind_failsThatTestAndNoOther() {
        EngineTestKit.engine("junit-jupiter")
                .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true")
                .configurationParameter("forebay.provoke", "true")
                .selectors(selectClass(Leaky.class))
                .execute()
                .testEvents()
                .assertStatistics(statistics -> statistics.succeeded(1).failed(1));
    }

    /** Run by the test above only: Surefire does not pick up nested classes of this name. */
    static class Leaky {
        @Test
        void clean() {
            ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(16);
            assertThat(buffer.release()).isTrue();
        }

        @Test
        void leaking() {
            assertThat(PooledByteBufAllocator.DEFAULT.directBuffer(16).capacity())
                    .isEqualTo(16);
        }
    }
}
