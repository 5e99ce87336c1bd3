package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** poetry, pdm and twine against Forebay alone. Their projects need pure Python only: they may run on another Python than pip. */
class PythonToolsIT {
    private static final String IMPORT =
            "import dateutil.parser, forebay_sample; print(dateutil.parser.parse('2024-03-01').day, forebay_sample.__version__)";

    @TempDir
    private Path directory;

    private Stage stage;

    @BeforeEach
    void open() throws Exception {
        Stage.needsClients();
        stage = Stage.open(directory);
    }

    @AfterEach
    void close() throws Exception {
        if (stage != null) {
            stage.close();
        }
    }

    @Test
    @DisplayName("poetry: lock and install from a named source, nothing from elsewhere")
    void poetry_lockAndInstall_works() throws Exception {
        stage.coldWarmAndOffline(artifacts(), fresh -> {
            Client client = new Client(fresh)
                    .with("POETRY_VIRTUALENVS_IN_PROJECT", "true")
                    .with("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring");
            Client.Outcome version = succeed(client.run("python3-poetry", "poetry", "--version"));
            String project = """
                    [tool.poetry]
                    name = "sample"
                    version = "0.1.0"
                    description = "A project of the tests"
                    authors = ["Nobody <nobody@example.org>"]

                    [tool.poetry.dependencies]
                    python = ">=3.9"
                    python-dateutil = "*"
                    forebay-sample = "<1.1"

                    [[tool.poetry.source]]
                    name = "forebay"
                    url = "%s"
                    %s
                    """;
            Files.writeString(
                    fresh.resolve("pyproject.toml"), project.formatted(stage.simple(), sourceRank(version.output())));
            succeed(client.run("python3-poetry", "poetry", "lock", "--no-interaction"));
            String lock = Files.readString(fresh.resolve("poetry.lock"));
            assertThat(lock)
                    .contains(stage.origin().python().only("python-dateutil").sha256());
            succeed(client.run("python3-poetry", "poetry", "install", "--no-interaction", "--no-root"));
            Client.Outcome says = succeed(
                    client.run("python3-venv", fresh.resolve(".venv/bin/python").toString(), "-c", IMPORT));
            assertThat(says.output().strip()).isEqualTo("1 1.0");
        });
    }

    /** How a poetry says that a source stands in for PyPI has changed twice. */
    private static String sourceRank(String version) {
        String[] numbers =
                version.replaceAll("(?s).*?(\\d+)\\.(\\d+).*", "$1 $2").split(" ");
        int major = Integer.parseInt(numbers[0]);
        int minor = Integer.parseInt(numbers[1]);
        if (major == 1 && minor < 5) {
            return "default = true";
        }
        return major == 1 && minor < 8 ? "priority = \"default\"" : "priority = \"primary\"";
    }

    @Test
    @DisplayName("pdm: lock and sync")
    void pdm_lockAndSync_works() throws Exception {
        stage.coldWarmAndOffline(artifacts(), fresh -> {
            Client client = new Client(fresh).with("PDM_CHECK_UPDATE", "0");
            String project = """
                    [project]
                    name = "sample"
                    version = "0.1.0"
                    requires-python = ">=3.9"
                    dependencies = ["python-dateutil", "forebay-sample<1.1"]

                    [[tool.pdm.source]]
                    name = "pypi"
                    url = "%s"
                    verify_ssl = false
                    """;
            Files.writeString(fresh.resolve("pyproject.toml"), project.formatted(stage.simple()));
            succeed(client.run("python3-pdm", "pdm", "use", "--first", "/usr/bin/python3"));
            succeed(client.run("python3-pdm", "pdm", "lock"));
            assertThat(Files.readString(fresh.resolve("pdm.lock")))
                    .contains(stage.origin().python().only("python-dateutil").sha256());
            succeed(client.run("python3-pdm", "pdm", "sync", "--no-self"));
            Client.Outcome says = succeed(client.run("python3-pdm", "pdm", "run", "python", "-c", IMPORT));
            assertThat(says.output().strip()).endsWith("1 1.0");
        });
    }

    @Test
    @DisplayName("twine upload: refused with 405, the text is shown, nothing reaches the origin")
    void twine_upload_isRefused() throws Exception {
        for (String url : List.of(stage.pypi() + "/legacy/", stage.simple())) {
            Path fresh = Files.createDirectories(directory.resolve("upload-" + url.hashCode()));
            String text = refusal(url);
            Client.Outcome outcome = new Client(fresh)
                    .with("COLUMNS", "400")
                    .run(
                            "twine",
                            "twine",
                            "upload",
                            "--verbose",
                            "--non-interactive",
                            "--disable-progress-bar",
                            "--repository-url",
                            url,
                            "--username",
                            "someone",
                            "--password",
                            "secret",
                            Fixtures.python()
                                    .resolve("forebay_sample-1.0-py3-none-any.whl")
                                    .toString());
            assertThat(outcome.status()).as(outcome.output()).isNotZero();
            assertThat(outcome.output()).contains("405").contains(text);
            assertThat(
                            stage.direct()
                                    ? List.<LocalOrigin.Seen>of()
                                    : stage.origin().seen(seen -> seen.method().equals("POST")))
                    .isEmpty();
        }
    }

    /** The text that the server gives with its refusal. */
    private static String refusal(String url) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .POST(HttpRequest.BodyPublishers.ofString("content"))
                .build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow"))
                .hasValueSatisfying(allow -> assertThat(allow).contains("GET").doesNotContain("POST"));
        String line = answer.body().lines().findFirst().orElse("");
        assertThat(line).isNotBlank();
        return line.strip();
    }

    private List<String> artifacts() {
        PythonIndex python = stage.origin().python();
        return Stream.of(
                        python.only("python-dateutil"),
                        python.only("six"),
                        python.file("forebay_sample-1.0-py3-none-any.whl"))
                .map(PythonIndex.File::path)
                .toList();
    }

    private static Client.Outcome succeed(Client.Outcome outcome) {
        assertThat(outcome.status()).as(outcome.output()).isZero();
        return outcome;
    }
}
