import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The start and the few requests that an archive of classes is made from: an origin of its own on the loopback address, a
 * server before it, a page, a file and an index twice each.
 *
 * <p>{@code java Training.java DIRECTORY COMMAND...}: the command starts the server; {@code serve --config FILE} is added to it.
 */
final class Training {
    /** Begins as a wheel does, which is looked at. */
    private static final byte[] FILE = Arrays.copyOf(new byte[] {'P', 'K', 3, 4}, 200_000);

    /** BLAKE2b-256 of the file, which stands in its path as on PyPI. */
    private static final String BLAKE2 = "b408b3cb266c48a8847ab9dfb09c7083df4a60f1d79ca68d02e594512b9dd285";

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        HttpServer origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        String url = "http://127.0.0.1:" + origin.getAddress().getPort();
        String sha256 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(FILE));
        String file = "/packages/%s/%s/%s/demo-1.0-py3-none-any.whl"
                .formatted(BLAKE2.substring(0, 2), BLAKE2.substring(2, 4), BLAKE2.substring(4));
        String page = "{\"meta\":{\"api-version\":\"1.1\"},\"name\":\"demo\",\"versions\":[\"1.0\"],\"files\":[{\"filename\":"
                + "\"demo-1.0-py3-none-any.whl\",\"url\":\"" + url + file + "\",\"hashes\":{\"sha256\":\"" + sha256
                + "\"},\"size\":" + FILE.length + ",\"yanked\":false}]}";
        String index = "Package: demo\nVersion: 1.0\nMD5sum: " + "0".repeat(32) + "\n\n";
        answer(origin, "/simple/demo/", "application/vnd.pypi.simple.v1+json", page.getBytes(StandardCharsets.UTF_8));
        answer(origin, file, "application/octet-stream", FILE);
        answer(origin, "/src/contrib/PACKAGES", "text/plain", index.getBytes(StandardCharsets.UTF_8));
        origin.start();
        int port = freePort();
        Path configuration = Files.writeString(directory.resolve("training.toml"), """
                listen = "127.0.0.1:%d"
                data-dir = "%s"
                [sources.cran]
                url = "%s"
                [sources.bioconductor]
                url = "%s"
                [sources.pypi]
                url = "%s"
                file-hosts = ["%s"]
                """.formatted(port, directory.resolve("data"), url, url, url, url));
        List<String> command = new java.util.ArrayList<>(List.of(arguments).subList(1, arguments.length));
        command.addAll(List.of("serve", "--config", configuration.toString()));
        Process server = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("training.log").toFile())
                .start();
        try {
            await(port, server);
            for (String path : List.of(
                    "/health/live",
                    "/pypi/latest/simple/demo/",
                    "/pypi" + file,
                    "/cran/latest/src/contrib/PACKAGES",
                    "/cran/latest/src/contrib/none_1.tar.gz",
                    "/metrics")) {
                get(port, path);
                get(port, path);
            }
        } finally {
            server.destroy();
            boolean ended = server.waitFor(120, TimeUnit.SECONDS);
            origin.stop(0);
            if (!ended || server.exitValue() != 0) {
                System.err.print(Files.readString(directory.resolve("training.log")));
                System.exit(1);
            }
        }
    }

    private static void answer(HttpServer origin, String path, String type, byte[] body) {
        origin.createContext(path, exchange -> {
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(200, body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
    }

    private static void await(int port, Process server) throws Exception {
        for (int i = 0; i < 600 && server.isAlive(); i++) {
            try {
                get(port, "/health/ready");
                return;
            } catch (IOException e) {
                Thread.sleep(100);
            }
        }
        throw new IOException("the server did not start");
    }

    private static void get(int port, String path) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            String first = new String(in.readNBytes(12), StandardCharsets.US_ASCII);
            in.readAllBytes();
            String expected = path.contains("none_") ? "404" : "200";
            if (!first.endsWith(expected)) {
                throw new IOException(path + " was answered with " + first);
            }
        }
    }

    private static int freePort() throws IOException {
        try (java.net.ServerSocket socket = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
