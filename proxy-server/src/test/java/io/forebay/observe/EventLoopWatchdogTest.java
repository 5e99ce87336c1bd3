package io.forebay.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.AppenderBase;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class EventLoopWatchdogTest {
    private static final int PATIENCE_SECONDS = 30;

    private final BlockingQueue<ILoggingEvent> said = new LinkedBlockingQueue<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(EventLoopWatchdog.class);
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            said.add(event);
        }
    };
    private final CountDownLatch release = new CountDownLatch(1);

    // A plain thread: one of Netty's own may not block while tests run.
    private final EventExecutor loop = new DefaultEventExecutor((ThreadFactory) task -> new Thread(task, "slow-loop"));

    @BeforeEach
    void listen() {
        appender.setContext(logger.getLoggerContext());
        appender.start();
        logger.addAppender(appender);
    }

    @AfterEach
    void end() {
        release.countDown();
        logger.detachAppender(appender);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    @DisplayName("a loop that is blocked is told of once, with the stack it stands in, and again when it goes on")
    void watchdog_loopIsBlocked_tellsItsStackOnceAndItsReturn() throws Exception {
        try (EventLoopWatchdog ignored = new EventLoopWatchdog(loop)) {
            loop.execute(this::standStill);
            ILoggingEvent stall = said.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(stall).isNotNull();
            assertThat(stall.getFormattedMessage()).matches("Event loop slow-loop has run nothing for \\d+ ms");
            assertThat(Arrays.stream(stall.getThrowableProxy().getStackTraceElementProxyArray())
                            .map(StackTraceElementProxy::getStackTraceElement))
                    .anyMatch(frame -> frame.getMethodName().equals("standStill"));
            assertThat(said.poll(1_500, TimeUnit.MILLISECONDS)).as("told once").isNull();
            release.countDown();
            ILoggingEvent back = said.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(back).isNotNull();
            assertThat(back.getFormattedMessage()).matches("Event loop slow-loop runs again after \\d{4,} ms");
        }
    }

    private void standStill() {
        try {
            if (!release.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody told of it");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
