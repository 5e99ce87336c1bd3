package io.forebay.it;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A real Chromium without a screen, steered by WebDriver (W3C) over HTTP. One thread owns it. It reaches nothing but
 * 127.0.0.1, whatever a page asks for.
 */
final class Browser implements AutoCloseable {
    static final String TAB = "\uE004";
    static final String ENTER = "\uE007";
    static final String RIGHT = "\uE014";
    static final String CONTROL = "\uE009";

    private static final Duration READY_MAX = Duration.ofSeconds(60);
    private static final Duration ANSWER_MAX = Duration.ofSeconds(60);
    private static final Duration WAIT_MAX = Duration.ofSeconds(20);
    private static final long POLL_MILLIS = 50;

    private final JsonMapper json = new JsonMapper();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Process driver;
    private final String root;
    private String session = "";

    private Browser(Process driver, int port) {
        this.driver = driver;
        this.root = "http://127.0.0.1:" + port;
    }

    /** @param directory empty, for the profile and the log */
    static Browser open(Path directory) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        int port = ForebayProcess.freePort();
        Process driver;
        try {
            driver = new ProcessBuilder("chromedriver", "--port=" + port)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("chromedriver.log").toFile())
                    .start();
        } catch (IOException e) {
            throw new IllegalStateException("chromedriver is missing: apt-get install chromium chromium-driver", e);
        }
        Browser browser = new Browser(driver, port);
        try {
            browser.start(directory.resolve("profile"));
        } catch (IOException | InterruptedException | RuntimeException e) {
            browser.close();
            throw e;
        }
        return browser;
    }

    private void start(Path profile) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + READY_MAX.toNanos();
        while (!ready()) {
            if (!driver.isAlive() || System.nanoTime() > deadline) {
                throw new IllegalStateException("chromedriver did not start");
            }
            Thread.sleep(POLL_MILLIS);
        }
        List<String> flags = List.of(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-proxy-server",
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
                "--user-data-dir=" + profile);
        Map<String, Object> capabilities = Map.of(
                "browserName",
                "chrome",
                "goog:chromeOptions",
                Map.of("args", flags),
                "goog:loggingPrefs",
                Map.of("browser", "ALL"));
        JsonNode made = post("/session", Map.of("capabilities", Map.of("alwaysMatch", capabilities)));
        session = "/session/" + made.path("sessionId").asString();
    }

    private boolean ready() throws InterruptedException {
        try {
            return send(HttpRequest.newBuilder(URI.create(root + "/status")).GET())
                    .path("ready")
                    .asBoolean();
        } catch (IOException e) {
            return false;
        }
    }

    void go(String url) throws IOException, InterruptedException {
        post(session + "/url", Map.of("url", url));
    }

    String url() throws IOException, InterruptedException {
        return script("return location.href").asString();
    }

    /** Runs the body of a function in the page and gives what it returns. */
    JsonNode script(String body, Object... arguments) throws IOException, InterruptedException {
        return post(session + "/execute/sync", Map.of("script", body, "args", List.of(arguments)));
    }

    /** The same for a body that ends by calling its last argument. */
    JsonNode asyncScript(String body, Object... arguments) throws IOException, InterruptedException {
        return post(session + "/execute/async", Map.of("script", body, "args", List.of(arguments)));
    }

    /** The text of the first element that a selector names, as it is shown; empty when there is none. */
    String text(String selector) throws IOException, InterruptedException {
        return script("const e = document.querySelector(arguments[0]); return e ? e.innerText : ''", selector)
                .asString();
    }

    /** Waits until a script's body returns true. */
    void until(String condition, Object... arguments) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + WAIT_MAX.toNanos();
        while (!script(condition, arguments).asBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("never true: " + condition + " " + List.of(arguments) + " at " + url());
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** Presses and releases keys, one after the other, on whatever has the focus. */
    void keys(String keys) throws IOException, InterruptedException {
        List<Map<String, Object>> actions = new ArrayList<>();
        keys.codePoints().mapToObj(Character::toString).forEach(key -> {
            actions.add(Map.of("type", "keyDown", "value", key));
            actions.add(Map.of("type", "keyUp", "value", key));
        });
        act(actions);
    }

    /** Presses a key while Control is held. */
    void control(String key) throws IOException, InterruptedException {
        act(List.of(
                Map.of("type", "keyDown", "value", CONTROL),
                Map.of("type", "keyDown", "value", key),
                Map.of("type", "keyUp", "value", key),
                Map.of("type", "keyUp", "value", CONTROL)));
    }

    private void act(List<Map<String, Object>> actions) throws IOException, InterruptedException {
        post(
                session + "/actions",
                Map.of("actions", List.of(Map.of("type", "key", "id", "keyboard", "actions", actions))));
    }

    /** What pages wrote to the console as an error since it was last asked; refusals of the content policy are among them. */
    List<String> errors() throws IOException, InterruptedException {
        List<String> errors = new ArrayList<>();
        for (JsonNode line : post(session + "/se/log", Map.of("type", "browser"))) {
            if (line.path("level").asString().equals("SEVERE")) {
                errors.add(line.path("message").asString());
            }
        }
        return errors;
    }

    /** The colours of a theme and the size of a window; a width below 600 is a phone. */
    void show(String theme, int width, int height) throws IOException, InterruptedException {
        tell(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", theme))));
        tell(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    }

    /** Writes the whole page as a picture. */
    void picture(Path file) throws IOException, InterruptedException {
        JsonNode shot = tell("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
        Files.createDirectories(file.getParent());
        Files.write(file, Base64.getDecoder().decode(shot.path("data").asString()));
    }

    private JsonNode tell(String command, Map<String, Object> parameters) throws IOException, InterruptedException {
        return post(session + "/goog/cdp/execute", Map.of("cmd", command, "params", parameters));
    }

    private JsonNode post(String path, Object body) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(root + path))
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json.writeValueAsString(body))));
    }

    private JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                request.timeout(ANSWER_MAX).build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        JsonNode value = json.readTree(answer.body()).path("value");
        if (answer.statusCode() != 200) {
            throw new IllegalStateException(
                    "the browser says: " + value.path("message").asString());
        }
        return value;
    }

    /** Ends the browser, then the driver. */
    @Override
    public void close() throws InterruptedException {
        if (!session.isEmpty()) {
            try {
                send(HttpRequest.newBuilder(URI.create(root + session)).DELETE());
            } catch (IOException | IllegalStateException e) {
                // It goes with its driver below.
            }
        }
        List<ProcessHandle> children = driver.descendants().toList();
        driver.destroy();
        if (!driver.waitFor(10, TimeUnit.SECONDS)) {
            driver.destroyForcibly().waitFor();
        }
        children.forEach(ProcessHandle::destroyForcibly);
    }
}
