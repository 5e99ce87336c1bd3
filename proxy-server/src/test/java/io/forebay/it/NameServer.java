package io.forebay.it;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Answers questions for names (RFC 1035) as the test says at that moment: with addresses, that there is no such name, or not at
 * all. One thread; safe for use by others.
 */
final class NameServer implements AutoCloseable {
    private static final int HEADER_BYTES = 12;
    static final int TYPE_A = 1;
    static final int TYPE_AAAA = 28;
    private static final int CLASS_IN = 1;
    private static final int NO_SUCH_NAME = 3;
    private static final int SECONDS_TO_LIVE = 1;

    private final DatagramSocket socket;
    private final Map<String, List<InetAddress>> names = new ConcurrentHashMap<>();
    private final Set<String> silent = ConcurrentHashMap.newKeySet();
    private final Set<String> asked = ConcurrentHashMap.newKeySet();

    private NameServer(DatagramSocket socket) {
        this.socket = socket;
    }

    static NameServer start(InetAddress address, int port) throws SocketException {
        NameServer server = new NameServer(new DatagramSocket(new InetSocketAddress(address, port)));
        Thread thread = new Thread(server::serve, "names");
        thread.setDaemon(true);
        thread.start();
        return server;
    }

    /** From now on the name has these addresses; without any it is there and has none. */
    void has(String name, InetAddress... addresses) {
        silent.remove(name + TYPE_A);
        silent.remove(name + TYPE_AAAA);
        names.put(name, List.of(addresses));
    }

    /** From now on questions of this type are not answered for the name. */
    void ignores(String name, int type) {
        silent.add(name + type);
    }

    /** Whether somebody has asked for it. */
    boolean wasAsked(String name) {
        return asked.contains(name);
    }

    private void serve() {
        byte[] buffer = new byte[512];
        while (!socket.isClosed()) {
            DatagramPacket question = new DatagramPacket(buffer, buffer.length);
            try {
                socket.receive(question);
                byte[] answer = answer(Arrays.copyOf(buffer, question.getLength()));
                if (answer.length > 0) {
                    socket.send(new DatagramPacket(answer, answer.length, question.getSocketAddress()));
                }
            } catch (SocketException closed) {
                return;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private byte[] answer(byte[] question) {
        ByteBuffer in = ByteBuffer.wrap(question);
        int id = in.getShort();
        in.position(HEADER_BYTES);
        StringBuilder labels = new StringBuilder();
        for (int length = in.get(); length > 0; length = in.get()) {
            byte[] label = new byte[length];
            in.get(label);
            labels.append(labels.isEmpty() ? "" : ".").append(new String(label, StandardCharsets.US_ASCII));
        }
        int type = in.getShort();
        in.getShort();
        String name = labels.toString().toLowerCase(Locale.ROOT);
        asked.add(name);
        if (silent.contains(name + type)) {
            return new byte[0];
        }
        int bytes = type == TYPE_A ? 4 : type == TYPE_AAAA ? 16 : 0;
        List<InetAddress> fitting = names.getOrDefault(name, List.of()).stream()
                .filter(address -> address.getAddress().length == bytes)
                .toList();
        int code = names.containsKey(name) ? 0 : NO_SUCH_NAME;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        // An answer, recursion wanted and had; one question, repeated.
        out.writeBytes(shorts(id, 0x8180 | code, 1, fitting.size(), 0, 0));
        out.write(question, HEADER_BYTES, in.position() - HEADER_BYTES);
        for (InetAddress address : fitting) {
            // The name is the question's.
            out.writeBytes(shorts(0xc000 | HEADER_BYTES, type, CLASS_IN, 0, SECONDS_TO_LIVE, bytes));
            out.writeBytes(address.getAddress());
        }
        return out.toByteArray();
    }

    private static byte[] shorts(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * values.length);
        for (int value : values) {
            bytes.putShort((short) value);
        }
        return bytes.array();
    }

    @Override
    public void close() {
        socket.close();
    }
}
