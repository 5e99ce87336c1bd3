package io.forebay.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.policy.AccessPolicy;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that speak HTTP/2 badly, frame by frame. */
class Http2FaultsTest {
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int CONTINUATION = 9;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int FRAME_MAX = 16_384;
    private static final Duration HEAD_TIMEOUT = Duration.ofMillis(500);
    private static final Duration NEVER = Duration.ofMinutes(10);

    /** Whatever ends by itself ends before as many turns of {@link #TURN_MILLIS}. */
    private static final int TURNS_MAX = 400;

    private static final int TURN_MILLIS = 50;

    @TempDir
    private Path directory;

    private ServerFixture fixture;

    private void start(Duration headTimeout) throws Exception {
        X509Bundle bundle = new CertificateBuilder()
                .subject("CN=localhost")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        ServerOptions.Tls files =
                new ServerOptions.Tls(directory.resolve("certificate.pem"), directory.resolve("key.pem"));
        Files.writeString(files.certificate(), bundle.getCertificatePathPEM());
        Files.writeString(files.key(), bundle.getPrivateKeyPEM());
        ServerOptions plain = ServerOptions.DEFAULTS;
        fixture = ServerFixture.in(
                directory,
                new ServerOptions(
                        plain.listen(),
                        headTimeout,
                        NEVER,
                        plain.maxConnections(),
                        plain.maxConnectionsPerAddress(),
                        plain.maxHeaderBytes(),
                        plain.maxTargetBytes(),
                        plain.drainTimeout(),
                        Optional.of(files),
                        plain.proxies()),
                AccessPolicy.OPEN);
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    @DisplayName(
            "reliability 62 and 63: over HTTP/2 a preface, a frame and a head that are dripped end at the head's time-out")
    void drip_bytesOfAFrame_endAtTheHeadsTimeout() throws Exception {
        start(HEAD_TIMEOUT);
        byte[] request = frame(HEADERS, END_HEADERS | END_STREAM, 1, head());
        for (int whole : List.of(0, Client.PREFACE.length, Client.PREFACE.length + 9)) {
            try (Client client = new Client(0)) {
                byte[] all = joined(joined(Client.PREFACE, frame(SETTINGS, 0, 0, new byte[0])), request);
                client.send(Arrays.copyOf(all, whole));
                assertThat(client.dripsUntilClosed(all, whole))
                        .as("dripped from byte " + whole)
                        .isTrue();
            }
        }
    }

    @Test
    @DisplayName(
            "reliability 62 and 63: over HTTP/2 a head that goes on in CONTINUATION frames ends at the same time-out")
    void drip_continuations_endAtTheHeadsTimeout() throws Exception {
        start(HEAD_TIMEOUT);
        try (Client client = new Client(0)) {
            client.greet();
            client.send(frame(HEADERS, END_STREAM, 1, head()));
            List<Integer> codes = client.repeatUntilClosed(frame(CONTINUATION, 0, 1, field("x", "y")), 4 * TURN_MILLIS);
            assertThat(codes).as("the codec counts frames and would say so").isEmpty();
        }
    }

    @Test
    @DisplayName("over HTTP/2 the clock runs inside heads only: requests far apart are answered")
    void ask_requestsFarApart_areAnswered() throws Exception {
        start(HEAD_TIMEOUT);
        try (Client client = new Client(0)) {
            client.greet();
            for (int stream = 1; stream < 6; stream += 2) {
                client.send(frame(HEADERS, END_STREAM, stream, head()));
                client.send(frame(CONTINUATION, END_HEADERS, stream, field("x", "y")));
                assertThat(client.next(HEADERS).stream()).isEqualTo(stream);
                TimeUnit.MILLISECONDS.sleep(2 * HEAD_TIMEOUT.toMillis());
            }
        }
    }

    @Test
    @DisplayName("reliability 54 and 62: over HTTP/2 an endless head and a flood of resets are cut short")
    void flood_headsAndResets_areCutShort() throws Exception {
        start(NEVER);
        try (Client client = new Client(0)) {
            client.greet();
            client.send(frame(HEADERS, END_STREAM, 1, head()));
            assertThat(client.isClosedBy(
                            64, turn -> frame(CONTINUATION, 0, 1, field("x" + turn, "y".repeat(FRAME_MAX / 2)))))
                    .isTrue();
        }
        try (Client client = new Client(0)) {
            client.greet();
            assertThat(client.isClosedBy(5_000, turn -> {
                        int stream = 2 * turn + 1;
                        byte[] reset = frame(RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
                        return joined(frame(HEADERS, END_HEADERS | END_STREAM, stream, head()), reset);
                    }))
                    .isTrue();
        }
    }

    @Test
    @DisplayName("reliability 62: over HTTP/2 a client that floods with pings and settings and reads nothing is let go")
    void flood_controlFramesUnread_areLetGo() throws Exception {
        start(NEVER);
        for (byte[] one : List.of(frame(PING, 0, 0, new byte[8]), frame(SETTINGS, 0, 0, new byte[0]))) {
            byte[] many = new byte[0];
            while (many.length < FRAME_MAX) {
                many = joined(many, one);
            }
            try (Client client = new Client(4 << 10)) {
                client.greet();
                assertThat(client.isClosedWhileSending(many)).isTrue();
            }
        }
    }

    private static byte[] head() {
        // Indexed fields for GET and https, literals for path and authority (RFC 7541 appendix A).
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.writeBytes(new byte[] {(byte) 0x82, (byte) 0x87});
        literal(block, 4, "/cran/latest/none");
        literal(block, 1, "localhost");
        return block.toByteArray();
    }

    private static void literal(ByteArrayOutputStream block, int name, String value) {
        block.write(name);
        string(block, value);
    }

    private static byte[] field(String name, String value) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.write(0);
        string(block, name);
        string(block, value);
        return block.toByteArray();
    }

    /** An integer with a prefix of seven bits (RFC 7541 section 5.1), then the bytes. */
    private static void string(ByteArrayOutputStream block, String value) {
        int length = value.length();
        if (length < 127) {
            block.write(length);
        } else {
            block.write(127);
            int rest = length - 127;
            for (; rest >= 128; rest >>= 7) {
                block.write((rest & 127) | 128);
            }
            block.write(rest);
        }
        block.writeBytes(value.getBytes(ISO_8859_1));
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    private static byte[] joined(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Frame(int type, int stream, byte[] payload) {}

    private interface Frames {
        byte[] of(int turn);
    }

    /** One connection, over TLS and without a library. */
    private final class Client implements AutoCloseable {
        static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(ISO_8859_1);

        private final SSLSocket socket;
        private final DataInputStream in;
        private volatile boolean closed;

        /** @param receiveBytes of the socket's buffer; 0 for the system's own */
        Client(int receiveBytes) throws Exception {
            SSLContext trusting = SSLContext.getInstance("TLS");
            trusting.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
            Socket plain = new Socket();
            if (receiveBytes > 0) {
                plain.setReceiveBufferSize(receiveBytes);
            }
            plain.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), fixture.address.getPort()));
            socket = (SSLSocket) trusting.getSocketFactory().createSocket(plain, "127.0.0.1", plain.getPort(), true);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            socket.setSSLParameters(parameters);
            socket.setSoTimeout(TURNS_MAX * TURN_MILLIS);
            socket.startHandshake();
            assertThat(socket.getApplicationProtocol()).isEqualTo("h2");
            in = new DataInputStream(socket.getInputStream());
        }

        void greet() throws IOException {
            send(joined(PREFACE, frame(SETTINGS, 0, 0, new byte[0])));
        }

        void send(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
        }

        Frame next() throws IOException {
            int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
            int type = in.readUnsignedByte();
            in.readUnsignedByte();
            int stream = in.readInt();
            return new Frame(type, stream, in.readNBytes(length));
        }

        Frame next(int type) throws IOException {
            Frame frame = next();
            while (frame.type() != type) {
                frame = next();
            }
            return frame;
        }

        /** False when it went on taking bytes. */
        boolean dripsUntilClosed(byte[] all, int from) throws InterruptedException {
            for (int i = 0; i < TURNS_MAX; i++) {
                try {
                    // The last bytes are kept back, however long it takes: the head never ends.
                    send(from + i < all.length - 2 ? new byte[] {all[from + i]} : new byte[0]);
                    if (isClosed()) {
                        return true;
                    }
                } catch (IOException closed) {
                    return true;
                }
                TimeUnit.MILLISECONDS.sleep(TURN_MILLIS);
            }
            return false;
        }

        private boolean isClosed() throws IOException {
            socket.setSoTimeout(1);
            try {
                while (true) {
                    if (in.read() < 0) {
                        return true;
                    }
                }
            } catch (SocketTimeoutException nothing) {
                return false;
            }
        }

        /** Codes of GOAWAY that came before the end. */
        List<Integer> repeatUntilClosed(byte[] frame, int everyMillis) throws InterruptedException {
            List<Integer> codes = new ArrayList<>();
            Thread reader = reader(codes);
            for (int i = 0; i < TURNS_MAX && reader.isAlive(); i++) {
                try {
                    send(frame);
                } catch (IOException closed) {
                    break;
                }
                reader.join(everyMillis);
            }
            reader.join();
            return codes;
        }

        /** False when the connection is there still after a flood and a while. */
        boolean isClosedBy(int frames, Frames flood) throws InterruptedException {
            List<Integer> codes = new ArrayList<>();
            Thread reader = reader(codes);
            try {
                for (int i = 0; i < frames; i++) {
                    send(flood.of(i));
                }
            } catch (IOException closed) {
                return true;
            }
            reader.join();
            return closed;
        }

        private Thread reader(List<Integer> codes) {
            Thread reader = new Thread(() -> {
                try {
                    while (true) {
                        Frame frame = next();
                        if (frame.type() == GOAWAY) {
                            codes.add(ByteBuffer.wrap(frame.payload()).getInt(4));
                        }
                    }
                } catch (SocketTimeoutException silence) {
                    closed = false;
                } catch (IOException end) {
                    closed = true;
                }
            });
            reader.start();
            return reader;
        }

        /** False when the connection takes them still after a while: how many those are depends on the sender alone. */
        boolean isClosedWhileSending(byte[] bytes) {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos((long) TURNS_MAX * TURN_MILLIS);
            try {
                while (System.nanoTime() < end) {
                    send(bytes);
                }
                return false;
            } catch (IOException closed) {
                return true;
            }
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
