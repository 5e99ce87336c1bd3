package io.forebay.app;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * POSIX signals. {@code sun.misc.Signal} is the only way to them: every JDK has it (module jdk.unsupported), and no other class
 * catches SIGHUP, which ends a JVM otherwise. Found by name, because the compiler refuses code that names it.
 */
final class Signals {
    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

    private Signals() {}

    /**
     * Runs an action whenever a signal comes, on a thread of its own. Where it cannot be caught, nothing is changed but for a line in
     * the log: a signal that ends a JVM and was ignored when this one was started stays ignored.
     *
     * @param name without SIG
     */
    static void on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object handling = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handler}, (self, of, with) -> {
                        if (of.getName().equals("handle")) {
                            action.run();
                        }
                        return null;
                    });
            Method handle = signal.getMethod("handle", signal, handler);
            Object before =
                    handle.invoke(null, signal.getConstructor(String.class).newInstance(name), handling);
            if (before == handler.getField("SIG_IGN").get(null)) {
                LOG.warn("SIG{} is ignored and does nothing: this process was started so, as nohup does", name);
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.warn("SIG{} cannot be caught: {}", name, e.toString());
        }
    }
}
