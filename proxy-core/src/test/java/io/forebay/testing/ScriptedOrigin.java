package io.forebay.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * An origin on 127.0.0.1 that does exactly what a test says, down to the byte: raw sockets, a thread for each connection.
 *
 * <p>By default a connection is kept alive and each request is answered by the {@link Reply} of its target ({@link #on}),
 * else by a 404. {@link #next} gives the next connection a {@link Script} instead, which has the whole connection to itself.
 *
 * <p>Counts connections and records requests. {@link #release} frees every {@link OriginWire#stall}. Close it: that ends its
 * threads and sockets.
 */
public final class ScriptedOrigin implements AutoCloseable {
    /** Has a connection to itself. When it returns, the connection is closed (FIN). */
    @FunctionalInterface
    public interface Script {
        void run(OriginWire wire) throws Exception;
    }

    /** Answers one request on a connection that is kept alive. */
    @FunctionalInterface
    public interface Reply {
        void send(OriginWire.Request request, OriginWire wire) throws Exception;

        /** The bytes as they are: head and body. */
        static Reply raw(String message) {
            return (request, wire) -> wire.send(message);
        }

        /**
         * A whole answer with its length.
         *
         * @param fields lines of the head, {@code name: value}
         */
        static Reply of(int status, byte[] body, String... fields) {
            return (request, wire) -> {
                StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Scripted\r\n");
                for (String field : fields) {
                    head.append(field).append("\r\n");
                }
                wire.send(head + "content-length: " + body.length + "\r\n\r\n");
                if (!request.method().equals("HEAD")) {
                    wire.send(body);
                }
            };
        }
    }

    private final ServerSocket listener;
    private final @Nullable SSLContext tls;
    private final Map<String, Reply> replies = new ConcurrentHashMap<>();
    private final Queue<Script> scripts = new ConcurrentLinkedQueue<>();
    private final List<OriginWire.Request> requests = new CopyOnWriteArrayList<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final CountDownLatch released = new CountDownLatch(1);
    private volatile Reply otherwise = Reply.of(404, new byte[0]);

    private ScriptedOrigin(@Nullable SSLContext tls) {
        this.tls = tls;
        try {
            this.listener = new ServerSocket(0, 1024, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start("origin-accept", this::accept);
    }

    /** Starts an origin over plain TCP. */
    public static ScriptedOrigin start() {
        return new ScriptedOrigin(null);
    }

    /** Starts an origin over TLS. */
    public static ScriptedOrigin start(SSLContext tls) {
        return new ScriptedOrigin(tls);
    }

    /** Answers requests of a target (path and query as they stand on the request line). */
    public ScriptedOrigin on(String target, Reply reply) {
        replies.put(target, reply);
        return this;
    }

    /** Answers requests that no {@link #on} is for. */
    public ScriptedOrigin otherwise(Reply reply) {
        otherwise = reply;
        return this;
    }

    /** Gives one connection a script; several calls queue up. */
    public ScriptedOrigin next(Script script) {
        scripts.add(script);
        return this;
    }

    /** Lets everything that stalls go on, now and later. */
    public void release() {
        released.countDown();
    }

    /** Waits for {@link #release}, which a script may call. */
    public void awaitRelease() throws InterruptedException {
        if (!released.await(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("not released within 30 s");
        }
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** URL of a target by address. */
    public URI url(String target) {
        return URI.create((tls == null ? "http" : "https") + "://127.0.0.1:" + port() + target);
    }

    /** Every request whose head has come in, in order. */
    public List<OriginWire.Request> requests() {
        return List.copyOf(requests);
    }

    /** How many requests of a target have come in. */
    public long requests(String target) {
        return requests.stream().filter(r -> r.target().equals(target)).count();
    }

    /** How many connections were ever accepted. */
    public int connections() {
        return connections.get();
    }

    /** How many connections have not been closed by this side yet. */
    public int openConnections() {
        return open.get();
    }

    @Override
    public void close() {
        release();
        try {
            listener.close();
            for (Socket socket : sockets) {
                socket.close();
            }
            for (Thread thread : threads) {
                thread.join(10_000);
                if (thread.isAlive()) {
                    throw new IllegalStateException(thread.getName() + " does not end");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                sockets.add(socket);
                if (listener.isClosed()) {
                    socket.close();
                    return;
                }
                int number = connections.incrementAndGet();
                open.incrementAndGet();
                Script script = scripts.poll();
                start("origin-" + number, () -> serve(socket, number, script == null ? this::keepAlive : script));
            } catch (IOException e) {
                return;
            }
        }
    }

    @SuppressWarnings("CatchAndPrintStackTrace") // a broken script shows in the test's output; the test fails by itself
    private void serve(Socket socket, int number, Script script) {
        try (socket) {
            socket.setTcpNoDelay(true);
            script.run(new OriginWire(socket, secured(socket), number, released, requests::add));
        } catch (IOException e) {
            // The peer has gone, or the test is over.
        } catch (Exception e) {
            e.printStackTrace();
        } finally {
            open.decrementAndGet();
        }
    }

    private Socket secured(Socket socket) throws IOException {
        if (tls == null) {
            return socket;
        }
        SSLSocket secured = (SSLSocket) tls.getSocketFactory().createSocket(socket, null, socket.getPort(), false);
        secured.setUseClientMode(false);
        secured.startHandshake();
        return secured;
    }

    private void keepAlive(OriginWire wire) throws Exception {
        while (true) {
            OriginWire.Request request = wire.expectRequest();
            replies.getOrDefault(request.target(), otherwise).send(request, wire);
            if (wire.isClosed()) {
                return;
            }
        }
    }
}
