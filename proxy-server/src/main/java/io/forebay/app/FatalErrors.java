package io.forebay.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * A process that has lost a thread to an error, or has no memory, may look alive and store nothing: it ends at once, with one
 * line on standard error, and whoever supervises it starts it again. {@code -XX:+ExitOnOutOfMemoryError} does the same earlier,
 * where it is set.
 */
final class FatalErrors {
    /** That of the JVM's own option. */
    static final int STATUS = 3;

    private static final FileOutputStream ERR = new FileOutputStream(FileDescriptor.err);
    private static final byte[] NO_MEMORY = "forebay: fatal, no memory: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NO_THREAD = "forebay: fatal, a thread ended: ".getBytes(StandardCharsets.US_ASCII);

    private static volatile boolean watched;

    private FatalErrors() {}

    /** From here on, for the whole process. */
    static void endTheProcess() {
        watched = true;
        Thread.setDefaultUncaughtExceptionHandler(FatalErrors::uncaught);
    }

    private static void uncaught(Thread thread, Throwable thrown) {
        if (thrown instanceof Error) {
            end(thread.getName(), thrown);
        }
        LoggerFactory.getLogger(FatalErrors.class).error("Thread {} ended", thread.getName(), thrown);
    }

    /**
     * There may be no memory for a single object: what must be written is there already, the rest is tried. Where many threads meet
     * the same want at once, the first tells it and the others wait for the end.
     */
    private static synchronized void end(String who, Throwable error) {
        try {
            ERR.write(error instanceof OutOfMemoryError ? NO_MEMORY : NO_THREAD);
            ERR.write((who + " met " + error).getBytes(StandardCharsets.UTF_8));
        } catch (IOException | RuntimeException | Error e) {
            // The end matters more than the line.
        } finally {
            try {
                ERR.write('\n');
            } catch (IOException e) {
                // As above.
            } finally {
                Runtime.getRuntime().halt(STATUS);
            }
        }
    }

    /**
     * Event loops and libraries catch everything and log it. A heap that is used up is not theirs to go on with; direct memory
     * that is, which Netty tells by an error of its own, costs one connection.
     */
    static final class Logged extends TurboFilter {
        @Override
        public FilterReply decide(
                @Nullable Marker marker,
                Logger logger,
                Level level,
                @Nullable String format,
                Object @Nullable [] parameters,
                @Nullable Throwable thrown) {
            Object last = parameters == null || parameters.length == 0 ? null : parameters[parameters.length - 1];
            for (Throwable cause = thrown != null ? thrown : last instanceof Throwable given ? given : null;
                    watched && cause != null;
                    cause = cause.getCause()) {
                if (cause.getClass() == OutOfMemoryError.class) {
                    end(logger.getName(), cause);
                }
            }
            return FilterReply.NEUTRAL;
        }
    }
}
