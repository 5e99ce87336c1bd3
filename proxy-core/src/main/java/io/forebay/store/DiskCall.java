package io.forebay.store;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * Work on a disk thread whose result is a resource: it goes to a subscriber that is still there, or is given back. Begins
 * with the demand; a subscriber that has left before the work began saves it.
 */
final class DiskCall<T> extends Mono<T> {
    /** What is done on the disk thread. */
    interface Work<T> {
        Optional<T> run() throws IOException;
    }

    private final DiskThreads threads;
    private final String doing;
    private final Work<T> work;
    private final Consumer<T> giveBack;

    DiskCall(DiskThreads threads, String doing, Work<T> work, Consumer<T> giveBack) {
        this.threads = threads;
        this.doing = doing;
        this.work = work;
        this.giveBack = giveBack;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        actual.onSubscribe(new Call(actual));
    }

    private final class Call implements Subscription, Runnable {
        private static final int WAITING = 0;
        private static final int ASKED = 1;
        private static final int ENDED = 2;

        private final CoreSubscriber<? super T> actual;
        private final AtomicInteger state = new AtomicInteger(WAITING);

        Call(CoreSubscriber<? super T> actual) {
            this.actual = actual;
        }

        @Override
        public void request(long n) {
            if (!Operators.validate(n) || !state.compareAndSet(WAITING, ASKED)) {
                return;
            }
            if (!threads.offer(this) && end()) {
                actual.onError(DiskErrors.busy(doing + ": too much waits for the disk"));
            }
        }

        @Override
        public void run() {
            if (state.get() == ENDED) {
                return;
            }
            Optional<T> result;
            try {
                result = work.run();
            } catch (IOException | RuntimeException e) {
                if (end()) {
                    actual.onError(DiskErrors.of(doing, e));
                }
                return;
            }
            if (end()) {
                result.ifPresent(actual::onNext);
                actual.onComplete();
            } else {
                result.ifPresent(giveBack);
            }
        }

        private boolean end() {
            return state.compareAndSet(ASKED, ENDED);
        }

        @Override
        public void cancel() {
            state.set(ENDED);
        }
    }
}
