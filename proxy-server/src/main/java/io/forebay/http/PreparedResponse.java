package io.forebay.http;

import io.forebay.cache.Body;
import io.forebay.cache.Standing;
import io.forebay.model.Exchange;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.FileRegion;
import io.netty.util.IllegalReferenceCountException;
import java.nio.charset.StandardCharsets;
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

    /** A page that few ask for is not worth a file. */
    private static final int ANSWERS_BEFORE_FILE = 8;

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
    private final AtomicInteger answersBeforeFile;
    private volatile Made made;
    private volatile @Nullable MemoryFile file;
    private boolean closed;

    /**
     * What one second's answers are duplicates of.
     *
     * @param response never from a pool: who comes too late must find it released, not somebody else's
     */
    private record Made(long second, ByteBuf response) {}

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
        this.answersBeforeFile = new AtomicInteger(bodyLength < FILE_BYTES_MIN ? 0 : ANSWERS_BEFORE_FILE);
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
            if (current.second() == second) {
                try {
                    return current.response().retainedDuplicate();
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
        if (!closed && made.second() != second) {
            Made old = made;
            made = made(second, bodyOf(old));
            old.response().release();
        }
        return !closed;
    }

    /** To be asked at each answer that the kernel could send from a file: true once, when it is time to write one. */
    boolean isWorthAFile() {
        return answersBeforeFile.get() > 0 && answersBeforeFile.decrementAndGet() == 0;
    }

    /** A copy of the body; none when this was closed. */
    synchronized Optional<byte[]> body() {
        return closed ? Optional.empty() : Optional.of(ByteBufUtil.getBytes(bodyOf(made)));
    }

    private ByteBuf bodyOf(Made from) {
        ByteBuf whole = from.response();
        return whole.slice(whole.writerIndex() - bodyLength, bodyLength);
    }

    /** Takes a file of the body, which is closed with this. */
    synchronized void keep(MemoryFile written) {
        if (closed) {
            written.release();
        } else {
            file = written;
        }
    }

    /** The body as the end of {@link #response} that the kernel can send; owned by the caller. None without a file. */
    @Nullable
    FileRegion region() {
        MemoryFile current = file;
        try {
            return current == null ? null : current.region();
        } catch (IllegalReferenceCountException e) {
            // Another thread has closed this since.
            return null;
        }
    }

    /** Answers that are on their way keep what they need. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            made.response().release();
            MemoryFile current = file;
            if (current != null) {
                current.release();
            }
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
