package io.forebay.app;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.LoggerFactory;

/**
 * Sets up the log: lines on standard error, written by a thread of their own so that no event loop waits for a terminal or a
 * pipe. In code, because reading an XML file costs a good part of the start. Found by Logback through its service file; the
 * configuration is applied once it is read.
 *
 * <p>Libraries speak from warnings on; at {@code trace} they say everything.
 */
public final class Logging extends ContextAwareBase implements Configurator {
    private static final Configuration.Log FIRST = new Configuration.Log("info", "text", true, "auto");

    /** The property that holds the format in force. */
    private static final String FORMAT = "forebay.format";

    /** Lines that may wait for the writer; what comes when it is full is dropped. */
    private static final int QUEUE_LINES_MAX = 8_192;

    /** Called by Logback when the first logger is asked for. */
    @Override
    public ExecutionStatus configure(LoggerContext logback) {
        set(logback, FIRST);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    static synchronized void apply(Configuration.Log options) {
        LoggerContext logback = logback();
        if (!options.format().equals(logback.getProperty(FORMAT))) {
            logback.reset();
            set(logback, options);
        }
        levels(logback, options);
    }

    /** Writes what is queued. Nothing is logged afterwards. */
    static void stop() {
        logback().stop();
    }

    private static LoggerContext logback() {
        return (LoggerContext) LoggerFactory.getILoggerFactory();
    }

    private static void set(LoggerContext logback, Configuration.Log options) {
        logback.putProperty(FORMAT, options.format());
        logback.addTurboFilter(new FatalErrors.Logged());
        Encoder<ILoggingEvent> encoder = options.format().equals("json") ? json() : text(logback);
        encoder.setContext(logback);
        encoder.start();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(logback);
        console.setName("stderr");
        console.setTarget("System.err");
        console.setEncoder(encoder);
        console.start();
        AsyncAppender queue = new AsyncAppender();
        queue.setContext(logback);
        queue.setName("queue");
        queue.setQueueSize(QUEUE_LINES_MAX);
        queue.setNeverBlock(true);
        queue.addAppender(console);
        queue.start();
        logback.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(queue);
        levels(logback, options);
    }

    private static Encoder<ILoggingEvent> text(LoggerContext logback) {
        TextLayout layout = new TextLayout();
        layout.setContext(logback);
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setLayout(layout);
        return encoder;
    }

    private static Encoder<ILoggingEvent> json() {
        JsonEncoder encoder = new JsonEncoder();
        encoder.setWithSequenceNumber(false);
        encoder.setWithNanoseconds(false);
        encoder.setWithContext(false);
        encoder.setWithMarkers(false);
        encoder.setWithMDC(false);
        encoder.setWithKVPList(false);
        encoder.setWithMessage(false);
        encoder.setWithArguments(false);
        encoder.setWithFormattedMessage(true);
        return encoder;
    }

    private static void levels(LoggerContext logback, Configuration.Log options) {
        Level ours = Level.toLevel(options.level());
        Level others = ours == Level.TRACE || ours == Level.ERROR ? ours : Level.WARN;
        logback.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(others);
        logback.getLogger("io.forebay").setLevel(ours);
        // What clients and origins do wrong on the wire is told by our own one line, not by a stack trace each.
        logback.getLogger("reactor.netty").setLevel(Level.ERROR);
        logback.getLogger("reactor.netty.http.server.HttpServerOperations").setLevel(Level.OFF);
        logback.getLogger("io.netty.handler.ssl").setLevel(Level.ERROR);
    }
}
