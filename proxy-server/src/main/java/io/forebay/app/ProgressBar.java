package io.forebay.app;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One line on a terminal that says how far something is: from the second after its beginning on, ten times a second at most. On
 * anything but a terminal it says nothing. Safe for use by many threads.
 */
final class ProgressBar implements AutoCloseable {
    private static final int STANDARD_ERROR = 2;
    private static final int WIDTH = 30;
    private static final long FIRST_NANOS = 1_000_000_000L;
    private static final long EVERY_NANOS = 100_000_000L;

    private final Optional<PrintWriter> terminal;
    private final String label;
    private final String unit;
    private long next = System.nanoTime() + FIRST_NANOS;
    private boolean shown;

    private ProgressBar(Optional<PrintWriter> terminal, String label, String unit) {
        this.terminal = terminal;
        this.label = label;
        this.unit = unit;
    }

    /** A bar on standard error, if that is a terminal. */
    static ProgressBar on(PrintWriter err, String label, String unit) {
        return new ProgressBar(isTerminal(STANDARD_ERROR) ? Optional.of(err) : Optional.empty(), label, unit);
    }

    /** {@code System.console()} says yes to a pipe since JDK 22. */
    static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }

    /** @param total 0 while it is not known */
    synchronized void at(long done, long total) {
        long now = System.nanoTime();
        if (terminal.isEmpty() || now - next < 0) {
            return;
        }
        next = now + EVERY_NANOS;
        shown = true;
        terminal.get().print("\r" + text(label, done, total, unit) + "\u001b[K");
        terminal.get().flush();
    }

    static String text(String label, long done, long total, String unit) {
        if (total <= 0) {
            return label + " " + done + " " + unit;
        }
        int filled = (int) Math.min(WIDTH, done * WIDTH / total);
        return label + " [" + "#".repeat(filled) + " ".repeat(WIDTH - filled) + "] " + done * 100 / total + "% " + done
                + "/" + total + " " + unit;
    }

    /** Clears the line. */
    @Override
    public synchronized void close() {
        if (shown) {
            terminal.ifPresent(out -> {
                out.print("\r\u001b[K");
                out.flush();
            });
        }
    }
}
