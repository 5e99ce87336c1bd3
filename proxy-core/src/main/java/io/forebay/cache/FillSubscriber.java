package io.forebay.cache;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.MonoSink;

/** Carries an origin's body into a fill, at the pace of the slower of the two. */
final class FillSubscriber extends BaseSubscriber<ByteBuf> {
    /** Buffers asked for at first: enough that the socket is read while the disk writes, few enough to bound memory. */
    private static final int AHEAD = 4;

    private final Predicate<ByteBuf> take;
    private final Consumer<Runnable> onRoom;
    private final MonoSink<Void> sink;
    /** Buffers taken while there was no room: asked for again, together, when there is. */
    private final AtomicLong owed = new AtomicLong();

    /**
     * Joins a body to a fill.
     *
     * @param take takes a buffer and says whether there is room for more
     * @param onRoom runs a task when there is room again
     */
    FillSubscriber(Predicate<ByteBuf> take, Consumer<Runnable> onRoom, MonoSink<Void> sink) {
        this.take = take;
        this.onRoom = onRoom;
        this.sink = sink;
        sink.onDispose(this);
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        request(AHEAD);
    }

    @Override
    protected void hookOnNext(ByteBuf bytes) {
        if (take.test(bytes)) {
            request(1);
        } else if (owed.getAndIncrement() == 0) {
            onRoom.accept(() -> request(owed.getAndSet(0)));
        }
    }

    @Override
    protected void hookOnComplete() {
        sink.success();
    }

    @Override
    protected void hookOnError(Throwable failure) {
        sink.error(failure);
    }
}
