package io.forebay.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private final EventLoop loop = new DefaultEventLoop();
    private final List<String> taken = new ArrayList<>();

    @AfterEach
    void stop() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void turnAddedInARound_isOfTheNextOne() throws Exception {
        loop.submit(() -> {
                    Turns turns = Turns.of(loop);
                    turns.add(() -> {
                        taken.add("a1");
                        turns.add(() -> taken.add("a2"));
                        // Behind the task of the next round.
                        loop.schedule(() -> taken.add("looked"), 1, TimeUnit.NANOSECONDS);
                    });
                    turns.add(() -> taken.add("b1"));
                })
                .sync();
        settle();
        assertThat(taken).containsExactly("a1", "b1", "looked", "a2");
    }

    @Test
    void turnsBehindOneThatThrows_areTaken() throws Exception {
        loop.submit(() -> {
                    Turns turns = Turns.of(loop);
                    turns.add(() -> {
                        throw new IllegalStateException("a turn that throws");
                    });
                    turns.add(() -> taken.add("b1"));
                })
                .sync();
        settle();
        assertThat(taken).containsExactly("b1");
        loop.submit(() -> Turns.of(loop).add(() -> taken.add("c1"))).sync();
        settle();
        assertThat(taken).containsExactly("b1", "c1");
    }

    @Test
    void oneThreadWithTwoLoops_mixesNothingUp() throws Exception {
        EventLoop other = new DefaultEventLoop();
        try {
            loop.submit(() -> {
                        Turns.of(loop).add(() -> taken.add("mine"));
                        assertThat(Turns.of(other)).isNotSameAs(Turns.of(loop));
                    })
                    .sync();
            settle();
        } finally {
            other.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
        assertThat(taken).containsExactly("mine");
    }

    /** Some rounds later. */
    private void settle() throws InterruptedException {
        loop.schedule(() -> {}, 50, TimeUnit.MILLISECONDS).sync();
        loop.submit(() -> {}).sync();
    }
}
