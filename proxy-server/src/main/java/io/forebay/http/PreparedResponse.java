package io.forebay.http;

import io.forebay.cache.Body;
import io.forebay.cache.Standing;
import io.forebay.model.Exchange;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.FileRegion;
import io.netty.util.IllegalReferenceCountException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A response in one buffer, but for a large body, made anew once a second: Date, Age and the time left in Cache-Status are the
 * second's. Owns the buffer until it is closed. Safe for use by many threads.
 *
 * <p>The buffer is not the garbage collector's: what is made every second and lives no longer would be promoted, and its memory
 * outside the heap would be given back only when the heap is full.
 */
final class PreparedResponse implements AutoCloseable {
    /** Below, a copy costs less than the calls that avoid it (docs/decisions.md). */
    private static final int FILE_BYTES_MIN = 16 << 10;

    /** In a second: what was asked for so often is asked for often enough again to pay for a file (docs/decisions.md). */
    private static final int ANSWERS_BEFORE_FILE = 64;

    /** Of the head, twice, and of what the full path knew of the answer. */
    private static final int BYTES_BESIDE = 2500;

    /** As the full path wrote it. */
    private final byte[] head;

    private final List<Field> fields;
    private final int bodyLength;
    private final Optional<Body.Again> large;
    private final Standing standing;
    private final Exchange exchange;
    private final int era;
    private volatile Made made;
    private boolean closed;

    /** What one second's answers are duplicates of. */
    private static final class Made {
        private final long second;

        /** Never from a pool: who comes too late must find it released, not somebody else's. */
        private final ByteBuf response;

        private final AtomicInteger answers = new AtomicInteger();

        /** The same as the response. */
        private volatile @Nullable MemoryFile file;

        Made(long second, ByteBuf response) {
            this.second = second;
            this.response = response;
        }

        void release() {
            response.release();
            MemoryFile written = file;
            if (written != null) {
                written.release();
            }
        }
    }

    /** Whose value is the second's. */
    private enum Name {
        DATE,
        AGE,
        CACHE_STATUS
    }

    /** Where such a value stands in the head. */
    private record Field(Name name, int start, int end) {}

    PreparedResponse(ResponseRecording recording) {
        ByteBuf body = recording.body();
        this.head = recording.head();
        this.fields = fields(new String(head, StandardCharsets.ISO_8859_1));
        this.bodyLength = body.readableBytes();
        this.large = recording.answered().body();
        this.standing = recording.answered().standing();
        this.era = recording.era();
        this.exchange = recording.answered().exchange();
        this.made = made(System.currentTimeMillis() / 1000, body);
    }

    int era() {
        return era;
    }

    boolean stands() {
        return standing.holds();
    }

    Exchange exchange() {
        return exchange;
    }

    /** Bytes: the response of this second, and a file. */
    int weight() {
        return (bodyLength < FILE_BYTES_MIN ? 1 : 2) * bodyLength + BYTES_BESIDE;
    }

    /** Where the body comes from that is not in {@link #response}. */
    Optional<Body.Again> large() {
        return large;
    }

    /** The response, without a large body; owned by the caller. None when this was closed and nothing of it is on its way. */
    @Nullable
    ByteBuf response() {
        long second = System.currentTimeMillis() / 1000;
        while (true) {
            Made current = made;
            if (current.second == second) {
                try {
                    return current.response.retainedDuplicate();
                } catch (IllegalReferenceCountException e) {
                    // Another thread has made it anew or closed it since the line before the last.
                    second = System.currentTimeMillis() / 1000;
                }
            }
            if (!renew(second)) {
                return null;
            }
        }
    }

    /** False when there is nothing to be made any more. */
    private synchronized boolean renew(long second) {
        if (!closed && made.second != second) {
            Made old = made;
            ByteBuf whole = old.response;
            made = made(second, whole.slice(whole.writerIndex() - bodyLength, bodyLength));
            old.release();
        }
        return !closed;
    }

    /** To be asked at each answer that the kernel could send from a file: true once a second, when it is time to write one. */
    boolean isWorthAFile() {
        return bodyLength >= FILE_BYTES_MIN && made.answers.incrementAndGet() == ANSWERS_BEFORE_FILE;
    }

    /**
     * Writes a file of this second's response, for {@link #region}; not for an event loop.
     *
     * @param directory of a file system that is memory
     * @param released is called once, when there is no such file or no more
     * @throws IOException when there is no such directory or no room in it; nothing is left there
     */
    void intoFile(Path directory, Runnable released) throws IOException {
        Made current = made;
        ByteBuf whole;
        try {
            whole = current.response.retainedDuplicate();
        } catch (IllegalReferenceCountException e) {
            // Its second is over, or this was closed.
            released.run();
            return;
        }
        try {
            keep(current, MemoryFile.of(whole.nioBuffer(), directory, released));
        } finally {
            whole.release();
        }
    }

    private synchronized void keep(Made of, MemoryFile written) {
        if (closed || made != of || of.file != null) {
            written.release();
        } else {
            of.file = written;
        }
    }

    /** The {@link #response} as the kernel can send it; owned by the caller. None while this second has no file. */
    @Nullable
    FileRegion region() {
        Made current = made;
        MemoryFile written = current.file;
        try {
            return written == null || current.second != System.currentTimeMillis() / 1000 ? null : written.region();
        } catch (IllegalReferenceCountException e) {
            // Another thread has made it anew or closed it since.
            return null;
        }
    }

    /** Answers that are on their way keep what they need. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            made.release();
        }
    }

    /** @param body is copied */
    private Made made(long second, ByteBuf body) {
        int length = head.length + bodyLength;
        String[] values = new String[fields.size()];
        for (int i = 0; i < values.length; i++) {
            Field field = fields.get(i);
            values[i] = now(field.name());
            length += values[i].length() - (field.end() - field.start());
        }
        ByteBuf whole = Unpooled.directBuffer(length, length);
        int done = 0;
        for (int i = 0; i < values.length; i++) {
            whole.writeBytes(head, done, fields.get(i).start() - done);
            whole.writeCharSequence(values[i], StandardCharsets.US_ASCII);
            done = fields.get(i).end();
        }
        whole.writeBytes(head, done, head.length - done);
        return new Made(second, whole.writeBytes(body));
    }

    private static List<Field> fields(String head) {
        List<Field> fields = new ArrayList<>();
        int end;
        for (int line = 0; (end = head.indexOf("\r\n", line)) >= 0; line = end + 2) {
            int colon = head.indexOf(": ", line);
            if (colon >= 0 && colon < end) {
                int start = colon + 2;
                int stop = end;
                name(head.substring(line, colon)).ifPresent(name -> fields.add(new Field(name, start, stop)));
            }
        }
        return List.copyOf(fields);
    }

    private static Optional<Name> name(String field) {
        return switch (field.toLowerCase(Locale.ROOT)) {
            case "date" -> Optional.of(Name.DATE);
            case "age" -> Optional.of(Name.AGE);
            case "cache-status" -> Optional.of(Name.CACHE_STATUS);
            default -> Optional.empty();
        };
    }

    private String now(Name name) {
        return switch (name) {
            case DATE -> HttpDate.now();
            case AGE -> Long.toString(standing.age().toSeconds());
            case CACHE_STATUS -> standing.status().value();
        };
    }
}
