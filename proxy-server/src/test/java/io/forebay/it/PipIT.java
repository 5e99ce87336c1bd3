package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** pip, as it is found on the PATH, installs from Forebay alone. */
class PipIT {
    private static final String PACKAGE = "python3-pip";
    private static final List<String> PROJECTS = List.of("flask", "requests", "numpy", "pandas");

    private static String python = "";

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
    @DisplayName(
            "pip install of flask, requests, numpy and pandas into a virtual environment; failures 25: a hit is local")
    void install_intoVirtualEnvironment_works() throws Exception {
        stage.coldWarmAndOffline(artifacts("flask", "jinja2", "click", "requests", "urllib3"), fresh -> {
            Client client = new Client(fresh);
            succeed(client.run(PACKAGE, python(client), "-m", "venv", "env"));
            Path pip = fresh.resolve("env/bin/pip");
            succeed(client.run(
                    PACKAGE,
                    pip.toString(),
                    "install",
                    "--no-cache-dir",
                    "--index-url",
                    stage.simple(),
                    "flask",
                    "requests"));
            Client.Outcome says = client.run(
                    PACKAGE,
                    fresh.resolve("env/bin/python").toString(),
                    "-c",
                    "import flask, requests; print(flask.Flask('x').name, requests.__version__)");
            succeed(says);
            assertThat(says.output())
                    .contains("x " + stage.origin().python().only("requests").version());
        });
    }

    @Test
    @DisplayName("pip install --target of large wheels: import computes with them")
    void install_numpyAndPandas_works() throws Exception {
        stage.coldAndOffline(artifacts("numpy", "pandas", "python-dateutil", "six"), fresh -> {
            Client client = new Client(fresh);
            succeed(pip(client, "install", "--no-cache-dir", "--target", "lib", "numpy", "pandas"));
            Client.Outcome says = client.with("PYTHONPATH", fresh.resolve("lib").toString())
                    .run(
                            PACKAGE,
                            python(client),
                            "-c",
                            "import numpy, pandas; print(numpy.__version__, pandas.__version__, pandas.Series([1, 2]).sum())");
            succeed(says);
            assertThat(says.output())
                    .contains(stage.origin().python().only("numpy").version() + " "
                            + stage.origin().python().only("pandas").version() + " 3");
        });
    }

    @Test
    @DisplayName("pip install --require-hashes of a lock: files are the locked bytes")
    void install_hashLocked_works() throws Exception {
        List<String> closure = List.of(
                "flask", "blinker", "click", "itsdangerous", "jinja2", "markupsafe", "werkzeug", "requests", "idna");
        List<String> lines = new ArrayList<>();
        for (String project : closure) {
            PythonIndex.File file = stage.origin().python().only(project);
            lines.add(project + "==" + file.version() + " --hash=sha256:" + file.sha256());
        }
        stage.coldWarmAndOffline(artifacts(closure.toArray(String[]::new)), fresh -> {
            Client client = new Client(fresh);
            Files.write(fresh.resolve("requirements.txt"), lines);
            succeed(pip(
                    client,
                    "install",
                    "--no-cache-dir",
                    "--no-deps",
                    "--require-hashes",
                    "--target",
                    "lib",
                    "-r",
                    "requirements.txt"));
            assertThat(Fixtures.names(fresh.resolve("lib"))).contains("flask", "requests", "idna", "jinja2");
        });
    }

    @Test
    @DisplayName("a lock with a wrong hash is refused by pip: the check above is alive")
    void install_wrongHash_isRefused() throws Exception {
        Path fresh = Files.createDirectories(directory.resolve("wrong"));
        PythonIndex.File file = stage.origin().python().only("idna");
        Files.writeString(
                fresh.resolve("requirements.txt"),
                "idna==" + file.version() + " --hash=sha256:" + "0".repeat(64) + "\n");
        Client.Outcome outcome = pip(
                new Client(fresh),
                "install",
                "--no-cache-dir",
                "--require-hashes",
                "--target",
                "lib",
                "-r",
                "requirements.txt");
        assertThat(outcome.status()).isNotZero();
        assertThat(outcome.output()).contains(file.sha256());
    }

    @Test
    @DisplayName("failures 10: pip download --use-feature=fast-deps reads wheels by HEAD and Range")
    void download_fastDeps_works() throws Exception {
        stage.origin().hasMetadata(false);
        stage.coldWarmAndOffline(artifacts("requests", "urllib3", "certifi"), fresh -> {
            Client.Outcome outcome = pip(
                    new Client(fresh),
                    "download",
                    "--no-cache-dir",
                    "--use-feature=fast-deps",
                    "--dest",
                    "files",
                    "requests",
                    "pandas");
            succeed(outcome);
            assertSameBytes(fresh.resolve("files"));
            assertThat(Fixtures.names(fresh.resolve("files")))
                    .contains(stage.origin().python().only("requests").name());
        });
    }

    @Test
    @DisplayName("every downloaded file is bit for bit the origin's")
    void download_files_areOriginBytes() throws Exception {
        stage.coldWarmAndOffline(artifacts("flask", "requests", "numpy", "pandas"), fresh -> {
            List<String> arguments = new ArrayList<>(List.of("download", "--no-cache-dir", "--dest", "files"));
            arguments.addAll(PROJECTS);
            succeed(pip(new Client(fresh), arguments.toArray(String[]::new)));
            assertSameBytes(fresh.resolve("files"));
        });
    }

    @Test
    @DisplayName("failures 12 and 15: yanked, local and old versions, and a name spelt another way")
    void install_versions_areChosenAsFromPyPi() throws Exception {
        stage.coldWarmAndOffline(List.of(), fresh -> {
            assertThat(sample(fresh.resolve("newest"), "forebay-sample")).isEqualTo("1.1+local.1");
            assertThat(sample(fresh.resolve("yanked"), "Forebay.Sample==1.2")).isEqualTo("1.2");
            assertThat(sample(fresh.resolve("local"), "forebay_sample==1.1+local.1"))
                    .isEqualTo("1.1+local.1");
            assertThat(sample(fresh.resolve("old"), "forebay-sample<1.1")).isEqualTo("1.0");
        });
    }

    @Test
    @DisplayName("a source distribution is built with setuptools from Forebay")
    void install_sourceDistribution_isBuilt() throws Exception {
        stage.coldAndOffline(
                List.of(stage.origin()
                        .python()
                        .file("forebay_sample-0.9.tar.gz")
                        .path()),
                fresh -> assertThat(sample(fresh, "forebay-sample==0.9")).isEqualTo("0.9"));
    }

    @Test
    @DisplayName("failures 11: an origin of HTML pages without metadata files")
    void install_fromHtmlOnlyOrigin_works() throws Exception {
        stage.origin().speaksJson(false);
        stage.origin().hasMetadata(false);
        stage.coldWarmAndOffline(artifacts("jinja2", "markupsafe"), fresh -> {
            succeed(pip(new Client(fresh), "install", "--no-cache-dir", "--target", "lib", "jinja2"));
            assertThat(Fixtures.names(fresh.resolve("lib"))).contains("jinja2", "markupsafe");
        });
    }

    @Test
    @DisplayName("pip's own cache: a second install over a trusted host asks conditionally and succeeds")
    void install_withPipsCache_works() throws Exception {
        Path fresh = Files.createDirectories(directory.resolve("cached"));
        Client client = new Client(fresh);
        succeed(pip(client, "install", "--trusted-host", "127.0.0.1", "--target", "one", "requests"));
        Client.Outcome second = pip(client, "install", "--trusted-host", "127.0.0.1", "--target", "two", "requests");
        succeed(second);
        assertThat(second.output()).containsPattern("Using cached \\S*requests-\\S+\\.whl");
    }

    @Test
    @DisplayName("failures 18: a package that is not there")
    void install_unknown_saysSo() throws Exception {
        Path fresh = Files.createDirectories(directory.resolve("unknown"));
        Client.Outcome outcome =
                pip(new Client(fresh), "install", "--no-cache-dir", "--target", "lib", "no-such-project-here");
        assertThat(outcome.status()).isNotZero();
        assertThat(outcome.output()).contains("No matching distribution found for no-such-project-here");
    }

    private String sample(Path directory, String requirement) throws Exception {
        Client client = new Client(directory);
        succeed(pip(client, "install", "--no-cache-dir", "--target", "lib", requirement));
        Client.Outcome says = client.with("PYTHONPATH", directory.resolve("lib").toString())
                .run(PACKAGE, python(client), "-c", "import forebay_sample; print(forebay_sample.__version__)");
        succeed(says);
        return says.output().strip();
    }

    private Client.Outcome pip(Client client, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("pip", arguments[0], "--index-url", stage.simple()));
        command.addAll(List.of(arguments).subList(1, arguments.length));
        return client.run(PACKAGE, command.toArray(String[]::new));
    }

    /** The interpreter that pip runs on: asked once. */
    private static String python(Client client) throws Exception {
        if (python.isEmpty()) {
            Client.Outcome outcome = client.run(PACKAGE, "pip", "--version");
            python = "python" + outcome.output().replaceAll("(?s).*\\(python ([0-9.]+)\\).*", "$1");
        }
        return python;
    }

    private void assertSameBytes(Path files) throws Exception {
        try (Stream<Path> all = Files.list(files)) {
            assertThat(all.toList()).isNotEmpty().allSatisfy(file -> {
                String name = file.getFileName().toString();
                assertThat(Digests.sha256(Files.readAllBytes(file)))
                        .as(name)
                        .isEqualTo(stage.origin().python().file(name).sha256());
            });
        }
    }

    private List<String> artifacts(String... projects) {
        return Stream.of(projects)
                .map(project -> stage.origin().python().only(project).path())
                .toList();
    }

    private static void succeed(Client.Outcome outcome) {
        assertThat(outcome.status()).as(outcome.output()).isZero();
    }
}
