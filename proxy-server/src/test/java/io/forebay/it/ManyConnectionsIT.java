package io.forebay.it;

import static io.forebay.it.FaultStage.SMALL_KIB;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import io.forebay.it.FaultStage.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two thousand connections of one client thread, three hundred of which mean no good. */
class ManyConnectionsIT {
    private static final int ALL = 2_000;
    private static final int SLOW = 300;
    private static final int ROUNDS = 3;
    private static final long DRIP_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final long HANGS_NANOS = TimeUnit.MINUTES.toNanos(4);

    @TempDir
    private Path directory;

    private File held;

    @Test
    @DisplayName(
            "reliability 62 and 63: 2,000 connections, 300 of them send their head a byte at a time: the others are"
                    + " served whole, and those are let go, long before the idle time-out")
    void connections_manyAndSlow_othersAreServed() throws Exception {
        long mine = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : 0;
        // A process started from here may have as many; it gives half of them to connections.
        Assumptions.assumeTrue(mine >= 2 * ALL + 500, "left out: too few descriptors (ulimit -n): " + mine);
        Map<String, String> patient = Map.of("FOREBAY_HTTP_IDLE_TIMEOUT", "10m", "FOREBAY_HTTP_HEAD_TIMEOUT", "3s");
        try (FaultStage stage = FaultStage.open(directory, origin -> "", patient)) {
            held = FaultStage.fresh("good", SMALL_KIB);
            stage.healed(held);
            run(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(),
                    URI.create(stage.forebay().url()).getPort()));
            stage.healed(FaultStage.fresh("good", SMALL_KIB));
        }
    }

    /** One connection; bytes of an answer are counted by its length and compared with the file's. */
    private final class Client {
        private final SocketChannel channel;
        private final boolean slow;
        private final ByteBuffer in;
        private int rounds;
        private boolean closed;

        private Client(SocketChannel channel, boolean slow) {
            this.channel = channel;
            this.slow = slow;
            this.in = ByteBuffer.allocate(slow ? 1_024 : held.bytes().length + 2_048);
        }

        private void write(String text) {
            try {
                channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
            } catch (IOException e) {
                closed = true;
            }
        }

        private void ask() {
            write("GET /bare/latest/src/contrib/" + held.file() + " HTTP/1.1\r\nHost: x\r\n\r\n");
        }

        private void read() {
            try {
                if (channel.read(in) < 0) {
                    closed = true;
                }
            } catch (IOException e) {
                closed = true;
            }
            if (!slow) {
                answered();
            }
        }

        private void answered() {
            String head = new String(in.array(), 0, Math.min(in.position(), 2_048), StandardCharsets.ISO_8859_1);
            int end = head.indexOf("\r\n\r\n") + 4;
            if (end < 4 || in.position() < end + held.bytes().length) {
                return;
            }
            assertThat(head).startsWith("HTTP/1.1 200");
            assertThat(Arrays.equals(in.array(), end, in.position(), held.bytes(), 0, held.bytes().length))
                    .as("the right bytes, and no more")
                    .isTrue();
            in.clear();
            if (++rounds < ROUNDS) {
                ask();
            }
        }
    }

    private void run(InetSocketAddress address) throws IOException {
        List<Client> slow = new ArrayList<>();
        List<Client> good = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < ALL; i++) {
                SocketChannel channel = SocketChannel.open(address);
                channel.configureBlocking(false);
                Client client = new Client(channel, i % (ALL / SLOW) == 0 && slow.size() < SLOW);
                (client.slow ? slow : good).add(client);
                channel.register(selector, SelectionKey.OP_READ, client);
            }
            slow.forEach(client -> client.write("GET / HTTP/1.1\r\nX-Slow: "));
            good.forEach(Client::ask);
            long deadline = System.nanoTime() + HANGS_NANOS;
            long dripAt = System.nanoTime();
            while (!slow.stream().allMatch(client -> client.closed)
                    || !good.stream().allMatch(client -> client.rounds == ROUNDS)) {
                assertThat(System.nanoTime()).as("neither served nor let go").isLessThan(deadline);
                selector.select(100);
                for (SelectionKey key : selector.selectedKeys()) {
                    Client client = (Client) key.attachment();
                    client.read();
                    if (client.closed) {
                        key.cancel();
                    }
                }
                selector.selectedKeys().clear();
                if (System.nanoTime() > dripAt) {
                    slow.stream().filter(client -> !client.closed).forEach(client -> client.write("a"));
                    dripAt = System.nanoTime() + DRIP_NANOS;
                }
            }
            assertThat(good).as("nobody else was cut").noneMatch(client -> client.closed);
        } finally {
            for (List<Client> clients : List.of(slow, good)) {
                for (Client client : clients) {
                    client.channel.close();
                }
            }
        }
    }
}
