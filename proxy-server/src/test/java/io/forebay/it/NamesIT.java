package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.forebay.it.FaultStage.Got;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Names of origins and what is behind their addresses, with a name server of the test's own: server, origins and clients are in a
 * namespace of network and mounts that ends with them. Packets to two of its addresses are dropped.
 */
class NamesIT {
    private static final long SECONDS_MAX = 240;

    private static final String NETWORK = "ip link set lo up"
            + " && for a in 10.77.0.1 10.77.0.2 10.77.0.99; do ip address add $a/32 dev lo; done"
            + " && for a in fd77::1 fd77::99; do ip address add $a/128 dev lo nodad; done"
            + " && nft 'add table inet holes; add chain inet holes incoming { type filter hook input priority 0; };"
            + " add rule inet holes incoming ip daddr 10.77.0.99 drop;"
            + " add rule inet holes incoming ip6 daddr fd77::99 drop'";

    @TempDir
    private Path directory;

    @Test
    @DisplayName(
            "reliability 22 and 23: names that are not answered for, are not there, move; addresses that swallow packets")
    void names_andTheirAddresses_fail_othersServe() throws Exception {
        Assumptions.assumeTrue(
                Machine.run("unshare", "--net", "--mount", "sh", "-c", NETWORK),
                "left out: network namespaces need root, ip and nft");
        Path servers = Files.writeString(directory.resolve("resolv.conf"), "nameserver 127.0.0.1\n");
        Path said = directory.resolve("said");
        Process process = new ProcessBuilder(
                        "unshare",
                        "--net",
                        "--mount",
                        "sh",
                        "-c",
                        NETWORK
                                + " && mount --bind \"$1\" /etc/resolv.conf && exec \"$2\" -XX:TieredStopAtLevel=1 -cp \"$3\" \"$4\" \"$5\" \"$6\"",
                        "sh",
                        servers.toString(),
                        Jvm.java(),
                        System.getProperty("java.class.path"),
                        Inside.class.getName(),
                        directory.toString(),
                        ForebayProcess.jar().toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        boolean ended = process.waitFor(SECONDS_MAX, TimeUnit.SECONDS);
        if (!ended) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
        String all = Files.readString(said, StandardCharsets.UTF_8);
        assertThat(ended).as("within " + SECONDS_MAX + " s: " + all).isTrue();
        assertThat(process.exitValue()).as(all).isZero();
        Matcher steps = Pattern.compile("(?m)^held: .*$").matcher(all);
        assertThat(steps.results().count()).as(all).isEqualTo(5);
    }

    /** What is done inside the namespace; fails when anything is not as it should be. */
    static final class Inside implements AutoCloseable {
        private static final int PORT = 8077;

        /** More than connect time-out, negative times of names and of failures, and the pause of a circuit together. */
        private static final Duration RECOVERY_MAX = Duration.ofSeconds(40);

        private final AtomicInteger serial = new AtomicInteger();
        private final NameServer names;
        private final ForebayProcess forebay;

        private Inside(Path directory) throws IOException, InterruptedException {
            names = NameServer.start(InetAddress.getLoopbackAddress(), 53);
            StringBuilder tables = new StringBuilder("""
                    [cache]
                    failure-ttl = "200ms"
                    [upstream]
                    connect-timeout = "2s"
                    first-byte-timeout = "4s"
                    """);
            for (String name : new String[] {"six", "four", "only", "half", "none", "mute", "moves", "dual", "deep"}) {
                tables.append("""
                        [sources.%1$s]
                        type = "cran"
                        url = "http://%1$s.origin.test:%2$d"
                        [repositories.%1$s]
                        sources = ["%1$s"]
                        """.formatted(name, PORT));
            }
            forebay = ForebayProcess.start(directory, tables.toString(), Map.of());
        }

        public static void main(String[] arguments) throws Exception {
            System.setProperty("forebay.jar", arguments[1]);
            int status = 1;
            try (Inside inside = new Inside(Path.of(arguments[0]))) {
                inside.run();
                status = 0;
            } catch (IllegalStateException e) {
                e.printStackTrace(System.out);
            }
            // The origins have threads.
            System.exit(status);
        }

        private void run() throws IOException, InterruptedException {
            InetAddress near4 = InetAddress.getByName("10.77.0.1");
            InetAddress next4 = InetAddress.getByName("10.77.0.2");
            InetAddress hole4 = InetAddress.getByName("10.77.0.99");
            InetAddress near6 = InetAddress.getByName("fd77::1");
            InetAddress hole6 = InetAddress.getByName("fd77::99");

            HttpServer first = origin(near4);
            HttpServer six = origin(near6);
            names.has("six.origin.test", hole6, near4);
            must(whole("six"), "an IPv6 address that swallows packets beside IPv4");
            names.has("four.origin.test", hole4, near4);
            must(whole("four"), "an address that swallows packets beside another");
            names.has("only.origin.test", near6);
            must(whole("only"), "IPv6 alone");
            names.has("half.origin.test", near4);
            names.ignores("half.origin.test", NameServer.TYPE_AAAA);
            must(whole("half"), "questions for IPv6 are not answered");
            names.has("dual.origin.test", next4, near6);
            must(whole("dual"), "an IPv4 address that refuses beside IPv6");
            names.has("deep.origin.test", hole4, near6);
            must(whole("deep"), "an IPv4 address that swallows packets beside IPv6");
            System.out.println("held: of two addresses the one that answers is found, whatever becomes of IPv6");

            names.ignores("mute.origin.test", NameServer.TYPE_A);
            names.ignores("mute.origin.test", NameServer.TYPE_AAAA);
            for (String name : new String[] {"none", "mute"}) {
                String host = name + ".origin.test";
                Got lost = get(name);
                must(lost.status() == 503 && names.wasAsked(host), "name " + name + " does not resolve: " + lost);
                must(whole("six"), "others are served meanwhile");
                names.has(host, near4);
                recovers(name);
                System.out.println("held: name " + name + " fails, and works when it is there");
            }

            names.has("moves.origin.test", near4);
            must(whole("moves"), "the first address");
            HttpServer second = origin(next4);
            names.has("moves.origin.test", next4);
            first.stop(0);
            recovers("moves");
            System.out.println("held: a name that moves is followed");
            second.stop(0);
            six.stop(0);
            must(get("moves").status() == 503, "nobody answers");
            System.out.println("held: with every address dead it is 503");
        }

        private static HttpServer origin(InetAddress address) throws IOException {
            HttpServer server = HttpServer.create(new InetSocketAddress(address, PORT), 50);
            server.createContext("/", exchange -> {
                byte[] body = body(exchange.getRequestURI().getPath());
                boolean file = exchange.getRequestURI().getPath().endsWith(".tar.gz");
                exchange.sendResponseHeaders(file ? 200 : 404, file ? body.length : -1);
                if (file) {
                    exchange.getResponseBody().write(body);
                }
                exchange.close();
            });
            server.start();
            return server;
        }

        /** Begins as a gzip file does. */
        private static byte[] body(String path) {
            String name = path.substring(path.lastIndexOf('/') + 1);
            return ("\u001f\u008b" + name.repeat(50)).getBytes(StandardCharsets.ISO_8859_1);
        }

        private String fresh() {
            return "src/contrib/demo_1." + serial.incrementAndGet() + ".tar.gz";
        }

        private Got get(String repository) {
            return FaultStage.get(forebay.url() + "/" + repository + "/latest/" + fresh());
        }

        private boolean whole(String repository) {
            String path = fresh();
            Got got = FaultStage.get(forebay.url() + "/" + repository + "/latest/" + path);
            System.out.println(repository + ": " + got.status());
            return got.whole(body(path));
        }

        private void recovers(String repository) throws InterruptedException {
            long deadline = System.nanoTime() + RECOVERY_MAX.toNanos();
            while (!whole(repository)) {
                must(System.nanoTime() < deadline, repository + " recovers");
                Thread.sleep(200);
            }
        }

        private static void must(boolean holds, String what) {
            if (!holds) {
                throw new IllegalStateException("not so: " + what);
            }
        }

        @Override
        public void close() throws InterruptedException {
            forebay.close();
            names.close();
        }
    }
}
