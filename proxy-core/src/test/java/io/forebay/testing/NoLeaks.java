package io.forebay.testing;

import io.netty.util.LeakPresenceDetector;
import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails the very test that leaves a Netty buffer unreleased. Registered for every test by ServiceLoader; the detector itself
 * is named by a system property of the test JVM.
 *
 * <p>Buffers may be released by another thread a moment after a test's last line, so the check waits up to a limit. It asks
 * {@code hasOpenResources} and not the detector's own {@code check}, which resets the count and so hides the leak.
 */
public final class NoLeaks implements BeforeEachCallback, AfterEachCallback {
    private static final long WAIT_MILLIS_MAX = Long.getLong("forebay.leaks.wait", 5_000);

    @Override
    public void beforeEach(ExtensionContext context) {
        CountingDetector.open(context.getDisplayName());
    }

    @Override
    public void afterEach(ExtensionContext context) throws InterruptedException {
        LeakPresenceDetector.ResourceScope ended = CountingDetector.end();
        long deadline = System.nanoTime() + WAIT_MILLIS_MAX * 1_000_000;
        while (ended.hasOpenResources() && System.nanoTime() < deadline) {
            Thread.sleep(5);
        }
        ended.close();
    }

    /** Counts every buffer of one test in a scope of its own. Tests of one JVM run one after another. */
    public static final class CountingDetector<T> extends LeakPresenceDetector<T> {
        private static volatile LeakPresenceDetector.ResourceScope scope =
                new LeakPresenceDetector.ResourceScope("before the first test");

        /** Called by Netty, which looks for this signature. */
        @SuppressWarnings("unused")
        public CountingDetector(Class<?> resourceType, int samplingInterval) {
            super(resourceType);
        }

        /** Called by Netty, which looks for this signature. */
        @SuppressWarnings("unused")
        public CountingDetector(Class<?> resourceType, int samplingInterval, long maxActive) {
            super(resourceType);
        }

        @Override
        protected ResourceScope currentScope() {
            return scope;
        }

        static void open(String name) {
            if (!ResourceLeakDetector.isEnabled()) {
                throw new IllegalStateException("Netty's leak detection is off");
            }
            scope = new ResourceScope(name);
        }

        /** The scope of the test. What other threads still allocate is not of it, so it can only become empty. */
        static ResourceScope end() {
            ResourceScope ended = scope;
            scope = new ResourceScope("between two tests");
            return ended;
        }
    }
}
