package io.forebay.app;

import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a running server does. */
@Command(
        name = "status",
        description = "Show what the running server does: requests, hits, disk, fetches under way, sources.",
        mixinStandardHelpOptions = true)
final class StatusCommand implements Runnable {
    private final Surroundings surroundings;

    @Mixin
    private RemoteOptions options = new RemoteOptions();

    StatusCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public void run() {
        Remote remote = options.remote(surroundings.environment());
        JsonNode status = remote.api("GET", "/status");
        JsonNode flights = remote.api("GET", "/flights");
        JsonNode sources = remote.api("GET", "/sources");
        PrintWriter out = surroundings.out();
        if (options.json()) {
            ObjectNode all = JsonMapper.builder().build().createObjectNode();
            all.set("status", status);
            all.set("flights", flights);
            all.set("sources", sources);
            out.println(all);
            return;
        }
        long requests = status.path("requests").asLong(0);
        long hits = status.path("hits").asLong(0);
        out.println("Forebay " + status.path("version").asString("") + " at " + remote.base() + ", up "
                + status.path("uptime_seconds").asLong(0) + " s");
        out.println("requests  " + requests + ", " + (requests == 0 ? 0 : hits * 100 / requests) + "% from the cache, "
                + size(status, "sent_bytes") + " sent");
        out.println("stored    " + size(status, "bytes") + " of " + size(status, "limit_bytes") + " in "
                + status.path("blobs").asLong(0) + " files; " + size(status, "free_bytes") + " free on the disk");
        out.println("evicted   " + size(status, "evicted_bytes") + " since the start");
        out.println("fetches   " + flights.size() + " under way");
        flights.forEach(flight -> out.println("  "
                + ProgressBar.text(
                        flight.path("source").asString("") + ":"
                                + flight.path("path").asString(""),
                        flight.path("received_bytes").asLong(0),
                        flight.path("total_bytes").asLong(0),
                        "bytes")));
        SourcesCommand.print(sources, out);
    }

    private static String size(JsonNode node, String name) {
        long bytes = node.path(name).asLong(0);
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        double amount = bytes;
        int unit = 0;
        while (amount >= 1024 && unit < units.length - 1) {
            amount /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : "%.1f %s".formatted(amount, units[unit]);
    }
}
