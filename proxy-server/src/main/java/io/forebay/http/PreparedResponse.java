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

    private final String[] lines;
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

    PreparedResponse(ResponseRecording recording) {
        ByteBuf body = recording.body();
        this.lines = recording.head().split("\r\n");
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
        return (bodyLength < FILE_BYTES_MIN ? 1 : 2) * bodyLength + 3000;
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
        StringBuilder head = new StringBuilder();
        for (String line : lines) {
            head.append(now(line)).append("\r\n");
        }
        byte[] bytes = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        int length = bytes.length + bodyLength;
        return new Made(
                second, Unpooled.directBuffer(length, length).writeBytes(bytes).writeBytes(body));
    }

    private String now(String line) {
        int colon = line.indexOf(':');
        String name = colon < 0 ? "" : line.substring(0, colon).toLowerCase(Locale.ROOT);
        return switch (name) {
            case "date" -> line.substring(0, colon) + ": " + HttpDate.now();
            case "age" -> line.substring(0, colon) + ": " + standing.age().toSeconds();
            case "cache-status" ->
                line.substring(0, colon) + ": " + standing.status().value();
            default -> line;
        };
    }
}
