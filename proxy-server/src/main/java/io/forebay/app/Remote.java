package io.forebay.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A running server as commands see it. Blocks; the JDK's own client, which is in every runtime image.
 *
 * <p>Failure: {@link NotRunning} when nobody listens, {@link WrongUse} when the server says that the call is wrong,
 * {@link StartFailure} for anything else; each is one line.
 */
final class Remote {
    private static final Duration CONNECT = Duration.ofSeconds(5);

    /** Between two pieces of an answer; a verification may be silent while it hashes a large file. */
    private static final Duration SILENCE = Duration.ofMinutes(10);

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final URI base;
    private final Optional<String> token;
    private final Trust trust;

    /** @param trust counts when the base begins with https */
    Remote(URI base, Optional<String> token, Trust trust) {
        this.base = base;
        this.token = token;
        this.trust = trust;
    }

    /** Nobody listens. */
    static final class NotRunning extends StartFailure {
        private static final long serialVersionUID = 1L;

        NotRunning(URI base) {
            super("no server answers at " + base + "; start it, or name it with --url");
        }
    }

    URI base() {
        return base;
    }

    /** A value of the API; the path begins behind {@code /api/v1}. */
    JsonNode api(String method, String path) {
        return api(method, path, Optional.empty());
    }

    /** The same with a body of JSON. */
    JsonNode api(String method, String path, Optional<String> body) {
        try (InputStream in = open(method, "/api/v1" + path, body)) {
            return JSON.readTree(in.readAllBytes());
        } catch (IOException | JacksonException e) {
            throw failure(e);
        }
    }

    /** Runs something long: each line but the last goes to the consumer, the result of the last is returned. */
    JsonNode run(String path, Optional<String> body, Consumer<JsonNode> progress) {
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(open("POST", "/api/v1" + path, body), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode value = JSON.readTree(line);
                if (value.has("error")) {
                    String text = value.path("error").asString("");
                    throw value.path("status").asInt(0) == 400 ? new WrongUse(text) : new StartFailure(text);
                }
                if (value.has("result")) {
                    return value.path("result");
                }
                progress.accept(value);
            }
            throw new StartFailure("the server ended the connection before the work was done");
        } catch (IOException | JacksonException e) {
            throw failure(e);
        }
    }

    /** The body of any path, to be closed by the caller. */
    InputStream open(String method, String path, Optional<String> body) throws IOException {
        HttpURLConnection connection = connection(URI.create(base + path), method);
        connection.setRequestProperty("Accept", "application/json");
        if (body.isPresent()) {
            connection.setDoOutput(true);
            connection.setRequestProperty("Content-Type", "application/json");
            try {
                connection.getOutputStream().write(body.get().getBytes(StandardCharsets.UTF_8));
            } catch (ConnectException e) {
                throw new NotRunning(base);
            }
        }
        return body(connection);
    }

    private HttpURLConnection connection(URI uri, String method) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection(Proxy.NO_PROXY);
        trust.applyTo(connection);
        connection.setRequestMethod(method);
        connection.setConnectTimeout((int) CONNECT.toMillis());
        connection.setReadTimeout((int) SILENCE.toMillis());
        connection.setRequestProperty("User-Agent", "forebay/" + Forebay.version());
        token.ifPresent(secret -> connection.setRequestProperty("Authorization", "Bearer " + secret));
        return connection;
    }

    /**
     * The body of a resource of a repository.
     *
     * @param accept empty for anything
     */
    InputStream fetch(URI uri, String accept) throws IOException {
        HttpURLConnection connection = connection(uri, "GET");
        connection.setRequestProperty("Accept", accept.isEmpty() ? "*/*" : accept);
        return body(connection);
    }

    private InputStream body(HttpURLConnection connection) throws IOException {
        int status;
        try {
            status = connection.getResponseCode();
        } catch (ConnectException e) {
            throw new NotRunning(base);
        }
        if (status < 400) {
            return connection.getInputStream();
        }
        String text = error(connection);
        if (status == 400 || status == 404) {
            throw new WrongUse(text);
        }
        throw new StartFailure("the server says " + status + ": " + text);
    }

    private static String error(HttpURLConnection connection) throws IOException {
        try (InputStream in = connection.getErrorStream()) {
            String text = in == null ? "" : new String(in.readNBytes(10_000), StandardCharsets.UTF_8).strip();
            try {
                JsonNode value = JSON.readTree(text);
                return value.has("error") ? value.path("error").asString("") : line(text);
            } catch (JacksonException e) {
                return line(text);
            }
        }
    }

    private static String line(String text) {
        return text.lines().findFirst().orElse("nothing more");
    }

    private StartFailure failure(Exception e) {
        return new StartFailure("the server at " + base + " does not answer as it should: " + e.getMessage(), e);
    }
}
