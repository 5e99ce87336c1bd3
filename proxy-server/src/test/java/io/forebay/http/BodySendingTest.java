package io.forebay.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.cache.Body;
import io.forebay.cache.Piece;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.Disposable;

class BodySendingTest {
    private static final int LENGTH = 1000;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"200, 1", "0, 0"})
    @DisplayName(
            "reliability 74: a region that held the event loop up is told of, so that the next is read by a disk thread")
    void region_heldTheLoopUp_isTold(int millis, int told) throws Exception {
        try (RandomAccessFile file =
                        new RandomAccessFile(directory.resolve("file").toFile(), "rw");
                FileChannel slow = new SlowFile(file.getChannel(), millis)) {
            file.setLength(LENGTH);
            AtomicInteger waits = new AtomicInteger();
            EmbeddedChannel channel = new EmbeddedChannel();
            BodySending.send(
                            Wire.through(channel),
                            new Region(slow, waits),
                            0,
                            LENGTH,
                            bytes -> {},
                            Duration.ofMinutes(1))
                    .subscribe();
            for (int i = 0; i < 100 && channel.outboundMessages().isEmpty(); i++) {
                channel.runScheduledPendingTasks();
                channel.runPendingTasks();
            }
            assertThat(channel.outboundMessages()).isNotEmpty();
            assertThat(waits).hasValue(told);
            channel.finishAndReleaseAll();
        }
    }

    @Test
    void bodyThatThrowsInALaterTurn_isAnError() {
        EmbeddedChannel channel = new EmbeddedChannel();
        Body broken = new Endless() {
            @Override
            public Piece at(long offset, int max) {
                if (offset > 0) {
                    throw new IllegalStateException("the body is broken");
                }
                return super.at(offset, max);
            }
        };
        AtomicReference<Throwable> failure = new AtomicReference<>();
        BodySending.send(Wire.through(channel), broken, 0, -1, bytes -> {}, Duration.ofMinutes(1))
                .subscribe(nothing -> {}, failure::set);
        assertThat(failure).hasNullValue();
        for (int i = 0; i < 100 && failure.get() == null; i++) {
            channel.runScheduledPendingTasks();
            channel.runPendingTasks();
            channel.releaseOutbound();
        }
        assertThat(failure.get()).hasMessage("the body is broken");
        channel.finishAndReleaseAll();
    }

    @Test
    void clientThatTakesEachTurnAtOnce_isToldToBeAliveAfterSome() throws Exception {
        EmbeddedChannel channel = new EmbeddedChannel();
        AtomicInteger alive = new AtomicInteger();
        BodySending.Progress progress = new BodySending.Progress() {
            @Override
            public void sent(long bytes) {}

            @Override
            public void alive() {
                alive.incrementAndGet();
            }
        };
        Disposable sending = BodySending.send(
                        Wire.through(channel), new Endless(), 0, -1, progress, Duration.ofMillis(40))
                .subscribe();
        for (int i = 0; i < 5_000 && alive.get() == 0; i++) {
            channel.runScheduledPendingTasks();
            channel.runPendingTasks();
            channel.releaseOutbound();
            // The looks at a client go by the clock.
            Thread.sleep(1);
        }
        assertThat(alive.get()).isPositive();
        sending.dispose();
        channel.runPendingTasks();
        int before = alive.get();
        // Time for looks that must not come any more.
        Thread.sleep(40);
        channel.runScheduledPendingTasks();
        assertThat(alive).hasValue(before);
        channel.finishAndReleaseAll();
    }

    /** A body without an end, as long as a turn at a time. */
    private static class Endless implements Body {
        @Override
        public OptionalLong length() {
            return OptionalLong.empty();
        }

        @Override
        public Piece at(long offset, int max) {
            return new Piece.Bytes(Unpooled.wrappedBuffer(new byte[max]));
        }

        @Override
        public void onMore(long offset, Runnable waker) {
            waker.run();
        }

        @Override
        public void close() {}
    }

    /** A body of one region. */
    private record Region(FileChannel file, AtomicInteger waits) implements Body {
        @Override
        public OptionalLong length() {
            return OptionalLong.of(LENGTH);
        }

        @Override
        public Piece at(long offset, int max) {
            return new Piece.Region(file, offset, max);
        }

        @Override
        public void onMore(long offset, Runnable waker) {
            waker.run();
        }

        @Override
        public void waited() {
            waits.incrementAndGet();
        }

        @Override
        public void close() {}
    }

    /** A file on a disk that takes its time. */
    private static final class SlowFile extends FileChannel {
        private final FileChannel file;
        private final long millis;

        SlowFile(FileChannel file, long millis) {
            this.file = file;
            this.millis = millis;
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            try {
                Thread.sleep(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return file.read(target, position);
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            return file.read(target);
        }

        @Override
        public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
            return file.read(targets, offset, length);
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            return file.write(source);
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
            return file.write(sources, offset, length);
        }

        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            return file.write(source, position);
        }

        @Override
        public long position() throws IOException {
            return file.position();
        }

        @Override
        public FileChannel position(long position) throws IOException {
            file.position(position);
            return this;
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            file.truncate(size);
            return this;
        }

        @Override
        public void force(boolean metaData) throws IOException {
            file.force(metaData);
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
            return file.transferTo(position, count, target);
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long position, long count) throws IOException {
            return file.transferFrom(source, position, count);
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
            return file.map(mode, position, size);
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) throws IOException {
            return file.lock(position, size, shared);
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) throws IOException {
            return file.tryLock(position, size, shared);
        }

        @Override
        protected void implCloseChannel() throws IOException {
            file.close();
        }
    }
}
