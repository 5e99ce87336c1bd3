package io.forebay.app;

import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a running server does. */
@Command(
        name = "status",
        description = "Show what the running server does: requests, hits, disk, fetches under way, sources.",
        mixinStandardHelpOptions = true)
final class StatusCommand implements Runnable {
    private static final int STANDARD_OUTPUT = 1;

    /** The cursor at the top, nothing below it. */
    private static final String CLEARED = "\u001b[H\u001b[J";

    private final Surroundings surroundings;

    @Mixin
    private RemoteOptions options = new RemoteOptions();

    StatusCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Option(names = "--watch", description = "On a terminal: show it anew every second, until Ctrl-C.")
    private boolean watch;

    @Override
    public void run() {
        Remote remote = options.remote(surroundings.environment());
        StatusText first = StatusText.of(remote);
        PrintWriter out = surroundings.out();
        if (options.json()) {
            ObjectNode all = JsonMapper.builder().build().createObjectNode();
            all.set("status", first.status());
            all.set("flights", first.flights());
            all.set("sources", first.sources());
            out.println(all);
        } else if (watch && ProgressBar.isTerminal(STANDARD_OUTPUT)) {
            watch(remote, first, out);
        } else {
            out.print(first.text());
            out.flush();
        }
    }

    /** Until the process is ended, or the server is: then its failure is the command's. */
    private static void watch(Remote remote, StatusText first, PrintWriter out) {
        StatusText shown = first;
        long at = System.nanoTime();
        out.print(CLEARED + first.text());
        out.flush();
        while (pause()) {
            StatusText next = StatusText.of(remote);
            long now = System.nanoTime();
            out.print(CLEARED + next.text(shown, (now - at) / 1e9));
            out.flush();
            shown = next;
            at = now;
        }
    }

    /** False when the thread is told to end. */
    private static boolean pause() {
        try {
            TimeUnit.SECONDS.sleep(1);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
