package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** How an origin's body is asked for. */
class FillSubscriberTest {
    private final AtomicLong asked = new AtomicLong();
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private final AtomicBoolean room = new AtomicBoolean(true);
    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<Runnable> waiting = new ArrayList<>();
    private final AtomicReference<FillSubscriber> subscriber = new AtomicReference<>();
    private final Disposable whole = Mono.<Void>create(sink -> {
                subscriber.set(new FillSubscriber(this::take, waiting::add, sink));
                subscriber.get().onSubscribe(new Origin());
            })
            .subscribe(nothing -> {}, failure::set, ended::incrementAndGet);

    private final class Origin implements Subscription {
        @Override
        public void request(long count) {
            asked.addAndGet(count);
        }

        @Override
        public void cancel() {
            cancelled.set(true);
        }
    }

    private boolean take(ByteBuf bytes) {
        bytes.release();
        return room.get();
    }

    private void send() {
        subscriber.get().onNext(Unpooled.wrappedBuffer(new byte[1]));
    }

    @Test
    void onNext_withAndWithoutRoom_asksForAsManyAsWereTaken() {
        assertThat(asked).hasValue(4);
        send();
        assertThat(asked).hasValue(5);
        room.set(false);
        send();
        send();
        send();
        assertThat(asked).hasValue(5);
        assertThat(waiting).hasSize(1);
        waiting.get(0).run();
        assertThat(asked).hasValue(8);
        send();
        assertThat(waiting).hasSize(2);
        waiting.get(1).run();
        assertThat(asked).hasValue(9);
    }

    @Test
    void onComplete_endsTheBody() {
        subscriber.get().onComplete();
        assertThat(ended).hasValue(1);
    }

    @Test
    void onError_isTheBodysFailure() {
        IllegalStateException cut = new IllegalStateException("cut");
        subscriber.get().onError(cut);
        assertThat(failure).hasValue(cut);
        assertThat(ended).hasValue(0);
    }

    @Test
    void dispose_nobodyWantsItAnyMore_originIsTold() {
        whole.dispose();
        assertThat(cancelled).isTrue();
    }
}
