package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that is told to end while clients download. */
class DrainIT {
    private static final int MIB = 1024 * 1024;

    /** More than the sockets' buffers hold, so that the server must still be there for the rest. */
    private static final int SIZE = 48 * MIB;

    /** What a client has of a slow download when the server is told to end. */
    private static final int START = 21 * MIB;

    @TempDir
    private Path directory;

    @Test
    void stop_runningDownloads_finishAndTheProcessEndsWithZero() throws Exception {
        try (LocalOrigin origin = LocalOrigin.open()) {
            byte[] held = bytes(1);
            byte[] missing = bytes(2);
            String heldPath = origin.add(held, "held-1.0-py3-none-any.whl");
            String missingPath = origin.add(missing, "missing-1.0-py3-none-any.whl");
            try (ForebayProcess forebay = ForebayProcess.start(directory, origin, "index-ttl = \"10m\"")) {
                try (Reader first = new Reader(forebay, heldPath)) {
                    assertThat(first.read(SIZE)).isEqualTo(held);
                }
                try (Reader hit = new Reader(forebay, heldPath);
                        Reader miss = new Reader(forebay, missingPath);
                        Socket idle = connect(forebay)) {
                    byte[] hitStart = hit.read(MIB);
                    byte[] missStart = miss.read(MIB);
                    forebay.terminate();
                    assertThat(idle.getInputStream().read())
                            .as("an idle connection is closed")
                            .isEqualTo(-1);
                    assertThat(forebay.alive()).isTrue();
                    assertThat(joined(hitStart, hit.read(SIZE - MIB))).isEqualTo(held);
                    assertThat(joined(missStart, miss.read(SIZE - MIB))).isEqualTo(missing);
                    assertThat(forebay.awaitEnd()).isZero();
                    assertThat(hit.atEnd()).isTrue();
                }
            }
        }
    }

    @Test
    void stop_clientThatReadsNothing_isCutWhenTheTimeIsOver() throws Exception {
        try (LocalOrigin origin = LocalOrigin.open()) {
            String path = origin.add(bytes(3), "held-1.0-py3-none-any.whl");
            String configuration = "index-ttl = \"10m\"\n[http]\ndrain-timeout = \"1s\"";
            try (ForebayProcess forebay = ForebayProcess.start(directory, origin, configuration)) {
                try (Reader client = new Reader(forebay, path)) {
                    client.read(MIB);
                    forebay.terminate();
                    assertThat(forebay.awaitEnd()).isZero();
                    assertThat(client.rest()).isLessThan(SIZE - MIB);
                }
            }
        }
    }

    @Test
    void stop_downloadThatDoesNotEndInTime_isGoneOnWithAfterTheStart() throws Exception {
        try (LocalOrigin origin = LocalOrigin.open()) {
            byte[] file = bytes(4);
            String path = origin.add(file, "slow-1.0-py3-none-any.whl");
            origin.bytesPerSecond(8 * MIB);
            String configuration = "index-ttl = \"10m\"\n[http]\ndrain-timeout = \"1s\"";
            try (ForebayProcess forebay = ForebayProcess.start(directory, origin, configuration)) {
                try (Reader client = new Reader(forebay, path)) {
                    assertThat(client.read(START)).isEqualTo(Arrays.copyOf(file, START));
                    forebay.terminate();
                    assertThat(forebay.awaitEnd()).isZero();
                    assertThat(client.rest()).isLessThan(SIZE - START);
                }
                assertThat(origin.gets(path)).hasSize(1);
                origin.forget();
                origin.bytesPerSecond(Long.MAX_VALUE);
                forebay.start();
                try (Reader client = new Reader(forebay, path)) {
                    assertThat(client.read(SIZE)).isEqualTo(file);
                }
                assertThat(origin.gets(path)).hasSize(1).first().satisfies(request -> {
                    assertThat(request.status()).hasValue(206);
                    String range = request.headers().get("range");
                    assertThat(range).matches("bytes=\\d+-");
                    assertThat(Integer.parseInt(range.replaceAll("\\D", ""))).isBetween(START, SIZE - 1);
                });
            }
        }
    }

    private static byte[] bytes(int seed) {
        byte[] bytes = new byte[SIZE];
        new Random(seed).nextBytes(bytes);
        // A wheel is a zip file, and is looked at.
        System.arraycopy(new byte[] {'P', 'K', 3, 4}, 0, bytes, 0, 4);
        return bytes;
    }

    private static byte[] joined(byte[] start, byte[] rest) {
        byte[] all = Arrays.copyOf(start, start.length + rest.length);
        System.arraycopy(rest, 0, all, start.length, rest.length);
        return all;
    }

    private static Socket connect(ForebayProcess forebay) throws IOException {
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), URI.create(forebay.url()).getPort());
        socket.setSoTimeout(60_000);
        return socket;
    }

    /** A client that takes of a body just what it is told to. */
    private static final class Reader implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;

        Reader(ForebayProcess forebay, String path) throws IOException {
            socket = connect(forebay);
            socket.getOutputStream()
                    .write(("GET /pypi" + path + " HTTP/1.1\r\nHost: forebay\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            in = socket.getInputStream();
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int next = in.read();
                assertThat(next).isNotNegative();
                head.append((char) next);
            }
            assertThat(head).startsWith("HTTP/1.1 200 ");
        }

        byte[] read(int count) throws IOException {
            return in.readNBytes(count);
        }

        boolean atEnd() throws IOException {
            return in.read() < 0;
        }

        /** How many bytes still come before the connection ends, one way or the other. */
        int rest() {
            int count = 0;
            byte[] buffer = new byte[65_536];
            try {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    count += n;
                }
            } catch (IOException e) {
                // A reset tells the same.
            }
            return count;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
