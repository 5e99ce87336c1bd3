package io.forebay.cache;

import io.forebay.model.ForebayException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A client of a body: reads turn by turn as the HTTP server does, closes the answer once, at the end or when it leaves. Never
 * holds a thread between two turns.
 */
final class BodyReader {
    private static final int TURN_BYTES = 64 << 10;

    private final Scheduler scheduler = Schedulers.boundedElastic();
    private final CompletableFuture<Reading> end = new CompletableFuture<>();
    private final CompletableFuture<Answer> opened = new CompletableFuture<>();
    private final ByteArrayOutputStream read = new ByteArrayOutputStream();
    private final AtomicBoolean left = new AtomicBoolean();
    private final IntSupplier pauseMillis;
    private final AtomicBoolean paused = new AtomicBoolean();
    private volatile boolean held;
    private volatile long offset;
    private Disposable asking = () -> {};

    private BodyReader(IntSupplier pauseMillis) {
        this.pauseMillis = pauseMillis;
    }

    static BodyReader of(Answer answer) {
        return of(Mono.just(answer));
    }

    static BodyReader of(Mono<Answer> asked) {
        return of(asked, () -> 0);
    }

    /** @param pauseMillis how long to wait before each turn */
    static BodyReader of(Mono<Answer> asked, IntSupplier pauseMillis) {
        BodyReader reader = new BodyReader(pauseMillis);
        reader.asking = asked.subscribe(reader::begin, reader::failed);
        return reader;
    }

    private void begin(Answer answer) {
        opened.complete(answer);
        scheduler.schedule(() -> turn(answer));
    }

    private void failed(Throwable e) {
        opened.completeExceptionally(e);
        end.completeExceptionally(e);
    }

    private void turn(Answer answer) {
        if (left.get()) {
            finish(answer, Optional.of(ForebayException.unavailable("this reader left")));
            return;
        }
        if (held) {
            paused.set(true);
            if (held || !paused.compareAndSet(true, false)) {
                return;
            }
        }
        Piece piece = answer.body().at(offset, TURN_BYTES);
        try {
            if (piece instanceof Piece.Bytes bytes) {
                take(bytes.bytes());
            } else if (piece instanceof Piece.Region region) {
                take(region);
            } else if (piece instanceof Piece.Cold cold) {
                cold.load().subscribe(loaded -> {}, this::failed, () -> again(answer));
                return;
            } else if (piece instanceof Piece.Later) {
                answer.body().onMore(offset, () -> again(answer));
                return;
            } else if (piece instanceof Piece.Broken broken) {
                finish(answer, Optional.of(broken.failure()));
                return;
            } else if (piece instanceof Piece.End) {
                finish(answer, Optional.empty());
                return;
            } else {
                throw new IllegalStateException("no piece");
            }
        } catch (IOException | RuntimeException e) {
            answer.close();
            end.completeExceptionally(e);
            return;
        }
        again(answer);
    }

    private void again(Answer answer) {
        int pause = pauseMillis.getAsInt();
        if (pause > 0) {
            scheduler.schedule(() -> turn(answer), pause, TimeUnit.MILLISECONDS);
        } else {
            scheduler.schedule(() -> turn(answer));
        }
    }

    private void take(ByteBuf bytes) {
        read.writeBytes(ByteBufUtil.getBytes(bytes));
        offset = read.size();
        bytes.release();
    }

    private void take(Piece.Region region) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(region.count());
        while (target.hasRemaining()) {
            if (region.channel().read(target, region.position() + target.position()) < 0) {
                throw new EOFException();
            }
        }
        read.writeBytes(target.array());
        offset = read.size();
    }

    private void finish(Answer answer, Optional<ForebayException> failure) {
        answer.close();
        end.complete(new Reading(answer, read.toByteArray(), failure));
    }

    /** Reads no further until {@link #resume}. */
    void hold() {
        held = true;
    }

    void resume() {
        held = false;
        if (paused.compareAndSet(true, false)) {
            scheduler.schedule(() -> turn(opened.join()));
        }
    }

    /** The client hangs up: in the middle of the body, or before it was answered. */
    void leave() {
        left.set(true);
        asking.dispose();
        if (opened.isDone() && !opened.isCompletedExceptionally()) {
            scheduler.schedule(() -> {
                if (!end.isDone()) {
                    finish(opened.join(), Optional.of(ForebayException.unavailable("this reader left")));
                }
            });
        } else {
            end.completeExceptionally(ForebayException.unavailable("this reader left"));
        }
    }

    /** How far it has come. */
    long offset() {
        return offset;
    }

    void awaitBytes(long count) {
        CacheFixture.await(count + " bytes", () -> offset >= count);
    }

    /** Waits for the answer's head. */
    Answer awaitHead() {
        return await(opened);
    }

    Reading awaitEnd() {
        return await(end);
    }

    /** Waits for the failure that it was answered with. */
    ForebayException awaitFailure() {
        try {
            Reading reading = awaitEnd();
            throw new AssertionError("answered " + reading.answer().head());
        } catch (ForebayException e) {
            return e;
        }
    }

    /** Can be interrupted: whoever limits a test's time ends it here. */
    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(CacheFixture.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ForebayException known) {
                throw known;
            }
            throw new AssertionError(e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("no end within " + CacheFixture.PATIENCE, e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
