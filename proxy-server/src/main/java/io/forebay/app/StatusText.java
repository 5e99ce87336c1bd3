package io.forebay.app;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import tools.jackson.databind.JsonNode;

/**
 * What a running server does, for people.
 *
 * @param status, flights, sources as the API tells them
 */
record StatusText(URI base, JsonNode status, JsonNode flights, JsonNode sources) {
    /** More would not fit on a terminal. */
    private static final int FLIGHTS_MAX = 20;

    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

    static StatusText of(Remote remote) {
        return new StatusText(
                remote.base(),
                remote.api("GET", "/status"),
                remote.api("GET", "/flights"),
                remote.api("GET", "/sources"));
    }

    /** All of it, in lines. */
    String text() {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        long requests = number("requests");
        out.println("Forebay " + status.path("version").asString("") + " at " + base + ", up "
                + number("uptime_seconds") + " s");
        out.println("requests  " + requests + ", " + (requests == 0 ? 0 : number("hits") * 100 / requests)
                + "% from the cache, " + size("sent_bytes") + " sent");
        out.println("stored    " + size("bytes") + " of " + size("limit_bytes") + " in " + number("blobs") + " files; "
                + size("free_bytes") + " free on the disk");
        out.println("evicted   " + size("evicted_bytes") + " since the start");
        out.println("fetches   " + number("flights") + " under way, read by " + number("followers") + " clients");
        for (int i = 0; i < Math.min(FLIGHTS_MAX, flights.size()); i++) {
            out.println("  " + flight(flights.path(i)));
        }
        if (flights.size() > FLIGHTS_MAX) {
            out.println("  and " + (flights.size() - FLIGHTS_MAX) + " more");
        }
        SourcesCommand.print(sources, out);
        out.flush();
        return text.toString();
    }

    /** The same with what happened since an earlier look. */
    String text(StatusText earlier, double seconds) {
        long requests = number("requests") - earlier.number("requests");
        long bytes = number("sent_bytes") - earlier.number("sent_bytes");
        return text()
                + "now       %.0f requests a second, %s a second sent%n"
                        .formatted(Math.max(0, requests) / seconds, size((long) (Math.max(0, bytes) / seconds)));
    }

    private static String flight(JsonNode flight) {
        return ProgressBar.text(
                        flight.path("source").asString("") + ":"
                                + flight.path("path").asString(""),
                        flight.path("received_bytes").asLong(0),
                        flight.path("total_bytes").asLong(0),
                        "bytes")
                + ", " + flight.path("clients").asLong(0) + " clients";
    }

    private long number(String name) {
        return status.path(name).asLong(0);
    }

    private String size(String name) {
        return size(number(name));
    }

    private static String size(long bytes) {
        double amount = bytes;
        int unit = 0;
        while (amount >= 1024 && unit < UNITS.length - 1) {
            amount /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : "%.1f %s".formatted(amount, UNITS[unit]);
    }
}
