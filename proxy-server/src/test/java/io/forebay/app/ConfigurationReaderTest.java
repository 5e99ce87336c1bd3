package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.forebay.app.Configuration.SourceOptions;
import io.forebay.policy.Rule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationReaderTest {
    @TempDir
    Path directory;

    @Test
    void read_nothing_givesThreeRepositories() {
        Configuration configuration = read(Map.of());
        assertThat(configuration.listen()).isEqualTo(new ListenAddress("127.0.0.1", 4242));
        assertThat(configuration.repositories().keySet()).containsExactly("cran", "bioconductor", "pypi");
        assertThat(configuration.sources().get("pypi").source().fileHosts())
                .containsExactly(URI.create("https://files.pythonhosted.org"));
        assertThat(configuration.cache().staleIfError()).isEqualTo(Duration.ofDays(30));
    }

    @Test
    void read_tableNamesOneKey_overridesJustThat() {
        Configuration configuration = read(Map.of(), "[sources.cran]", "url = \"http://127.0.0.1:9/cran/\"");
        SourceOptions cran = configuration.sources().get("cran");
        assertThat(cran.source().url()).isEqualTo(URI.create("http://127.0.0.1:9/cran"));
        assertThat(cran.source().type()).isEqualTo("cran");
        assertThat(configuration.repositories().get("cran").sources()).containsExactly("cran");
    }

    @Test
    void read_ownIndex_itsFilesLieOnItsOwnHost() {
        Configuration configuration =
                read(Map.of(), "[sources.team]", "type = \"pypi\"", "url = \"http://127.0.0.1:8080/root\"");
        assertThat(configuration.sources().get("team").source().fileHosts())
                .containsExactly(URI.create("http://127.0.0.1:8080"));
    }

    @Test
    void read_sourceOff_takesTheDefaultRepositoryWithIt() {
        Configuration configuration = read(Map.of(), "[sources.bioconductor]", "enabled = false");
        assertThat(configuration.sources()).containsOnlyKeys("cran", "pypi");
        assertThat(configuration.repositories()).containsOnlyKeys("cran", "pypi");
    }

    @Test
    void read_fileEnvironmentAndOption_theLastOneWins() {
        Path file = write("listen = \"127.0.0.1:1\"", "data-dir = \"file\"", "public-url = \"https://file.example\"");
        Configuration configuration = ConfigurationReader.read(
                        Optional.of(file),
                        Map.of("FOREBAY_LISTEN", "127.0.0.1:2", "FOREBAY_DATA_DIR", "environment"),
                        List.of(new Setting("listen", "127.0.0.1:3", "--listen")))
                .configuration();
        assertThat(configuration.listen().port()).isEqualTo(3);
        assertThat(configuration.dataDir()).isEqualTo(Path.of("environment"));
        assertThat(configuration.publicUrl()).contains(URI.create("https://file.example"));
        assertThat(from(configuration, "listen")).isEqualTo("--listen");
        assertThat(from(configuration, "data-dir")).isEqualTo("FOREBAY_DATA_DIR");
        assertThat(from(configuration, "public-url")).isEqualTo(file + ":3");
        assertThat(from(configuration, "cache.memory")).isEqualTo("default");
    }

    @Test
    void read_environment_setsKeysOfEveryForm() {
        Configuration configuration = read(Map.of(
                "FOREBAY_CACHE_MAX_SIZE", "500 GiB",
                "FOREBAY_HTTP_MAX_CONNECTIONS", "7",
                "FOREBAY_LOG_ACCESS", "false",
                "FOREBAY_HTTP_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8",
                "FOREBAY_SOURCES_PYPI_URL", "http://127.0.0.1:9",
                "FOREBAY_SOURCES_CRAN_DATED_URL", "http://127.0.0.1:9/{date}",
                "FOREBAY_SOURCES_MY_CRAN_TYPE", "cran",
                "FOREBAY_SOURCES_MY_CRAN_URL", "http://127.0.0.1:10",
                "FOREBAY_REPOSITORIES_CRAN_SOURCES", "my-cran,cran"));
        assertThat(configuration.cache().maxSize().of(1)).isEqualTo(500L << 30);
        assertThat(configuration.http().maxConnections()).isEqualTo(7);
        assertThat(configuration.log().access()).isFalse();
        assertThat(configuration.http().trustedProxies()).containsExactly("127.0.0.1", "10.0.0.0/8");
        assertThat(configuration.sources().get("pypi").source().fileHosts())
                .containsExactly(URI.create("http://127.0.0.1:9"));
        assertThat(configuration.sources().get("cran").source().datedUrl()).contains("http://127.0.0.1:9/{date}");
        assertThat(configuration.repositories().get("cran").sources()).containsExactly("my-cran", "cran");
    }

    @Test
    void loopbackAdministers_nothingInFront_onlyThen() {
        assertThat(read(Map.of()).loopbackAdministers()).isTrue();
        assertThat(read(Map.of("FOREBAY_ADMIN_LOOPBACK", "false")).loopbackAdministers())
                .isFalse();
        assertThat(read(Map.of("FOREBAY_PUBLIC_URL", "http://packages.example")).loopbackAdministers())
                .isFalse();
        assertThat(read(Map.of("FOREBAY_HTTP_TRUSTED_PROXIES", "127.0.0.1")).loopbackAdministers())
                .isFalse();
    }

    @Test
    void read_environmentOfSourceWithUnderscore_findsIt() {
        Configuration configuration = read(
                Map.of("FOREBAY_SOURCES_MY_INDEX_TOKEN", "t"),
                "[sources.my_index]",
                "type = \"pypi\"",
                "url = \"http://127.0.0.1:9\"");
        assertThat(configuration.sources().get("my_index").token().value()).isEqualTo("t");
        assertThat(configuration.sources()).doesNotContainKey("my-index");
    }

    @Test
    void read_variableThatIsNoKey_isAWarning() {
        List<String> warnings = ConfigurationReader.read(
                        Optional.empty(), Map.of("FOREBAY_LISTN", "x", "OTHER", "x"), List.of())
                .warnings();
        assertThat(warnings)
                .containsExactly(
                        "FOREBAY_LISTN is set and is no key of the configuration (did you mean FOREBAY_LISTEN?)");
    }

    @DisplayName("invariant 13: an unknown key stops the start with the key's name, file and line")
    @Test
    void read_unknownKey_saysFileLineKeyAndWhatWasMeant() {
        assertFails("3: unknown key cache.max-sizes (did you mean max-size?)", "", "[cache]", "max-sizes = \"90%\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "cach.memory = \"1 MiB\"         | unknown key cach (did you mean cache?)",
                "[cach]                          | unknown key cach (did you mean cache?)",
                "zzzzzzzz = 1                    | unknown key zzzzzzzz",
                "cache = 5                       | cache must be a table",
                "listen.port = 1                 | listen cannot be a table",
                "listen = 4242                   | listen: must be a text in quotes",
                "http.event-loops = -1           | http.event-loops: must be 0 to 1024",
                "http.event-loops = 1025         | http.event-loops: must be 0 to 1024",
                "http.max-connections = \"7\"    | http.max-connections: must be a whole number",
                "http.max-connections = 0        | http.max-connections: must be more than 0",
                "http.max-connections = 3000000000 | http.max-connections: 3000000000 is out of range",
                "log.access = \"yes\"            | log.access: must be true or false",
                "log.level = \"loud\"            | log.level: \"loud\" is not one of error, warn, info, debug, trace",
                "cache.memory = \"12 parsecs\"   | cache.memory: \"12 parsecs\" is not a size; write bytes with a unit, such as 128 MiB",
                "cache.max-size = \"0%\"         | cache.max-size: must be 1% to 100%",
                "cache.max-size = \"101%\"       | cache.max-size: must be 1% to 100%",
                "cache.max-size = \"much\"       | cache.max-size: \"much\" is not a size; write bytes with a unit (500 GiB) or a part of the disk (90%)",
                "cache.index-ttl = \"10\"        | cache.index-ttl: \"10\" is not a duration; write a whole number and one of ms, s, m, h, d, such as 10m",
                "cache.index-ttl = 10            | cache.index-ttl: must be a text in quotes",
                "upstream.idle-timeout = \"0s\"  | upstream.idle-timeout: must be more than 0",
                "listen = \"localhost\"          | listen: \"localhost\" is not an address; write host:port, such as 127.0.0.1:4242, [::1]:4242 or :4242 for all",
                "listen = \"h:65536\"            | listen: \"h:65536\" is not an address; write host:port, such as 127.0.0.1:4242, [::1]:4242 or :4242 for all",
                "sources.pypi.url = \"ftp://h\"  | sources.pypi.url: must begin with http:// or https://",
                "sources.pypi.url = \"https://\" | sources.pypi.url: has no host",
                "sources.pypi.url = \"https://h?q\" | sources.pypi.url: must have neither a query nor a fragment",
                "sources.pypi.url = \"https://u:p@h\" | sources.pypi.url: must not hold credentials; write them as username and password (or token) of the source",
                "sources.pypi.file-hosts = [\"h/path\"] | sources.pypi.file-hosts: \"h/path\" must be a host without a path",
                "sources.pypi.file-hosts = \"h\" | sources.pypi.file-hosts: must be a list of texts",
                "sources.pypi.file-hosts = [1]   | sources.pypi.file-hosts: must be a list of texts",
                "sources.pypi.username = \"u\"   | sources.pypi.username: needs a password, and a password a username",
                "sources.pypi = { username = \"a:b\", password = \"p\" } | sources.pypi.username: must not hold a colon",
                "sources.pypi.token = \"a b\"  | sources.pypi.token: must be one word of printable ASCII",
                "sources.pypi.ca = \"/nowhere/ca.pem\" | sources.pypi.ca: cannot read the file /nowhere/ca.pem",
                "sources.pypi.proxy = \"proxy:3128\" | sources.pypi.proxy: must begin with http:// or https://",
                "sources.cran.dated-url = \"http://h/\" | sources.cran.dated-url: must contain {date}",
                "sources.cran.dated-url = \"ftp://h/{date}\" | sources.cran.dated-url: must begin with http:// or https://",
                "sources.cran.dated-url = \"http://{date}.h/\" | sources.cran.dated-url: must have {date} in its path, and no credentials",
                "sources.x.type = \"pypi\"       | sources.x: has no url",
                "sources.x.url = \"http://h\"    | sources.x: has no type",
                "sources.x.type = \"npm\"        | sources.x.type: \"npm\" is not one of cran, bioconductor, pypi",
                "repositories.health.sources = [\"cran\"] | repositories.health: \"health\" is reserved for the server's own pages",
                "repositories.\"a b\".sources = [\"cran\"] | \"a b\" is not a name: letters, digits, - and _ only, at most 64",
                "repositories.x.sources = []     | repositories.x.sources: names no source",
                "repositories.x.description = \"\" | repositories.x.sources: names no source",
                "repositories.x.sources = [\"crn\"] | repositories.x.sources: there is no source crn (did you mean cran?)",
                "repositories.x.sources = [\"private\"] | repositories.x.sources: there is no source private; there are cran, bioconductor, pypi",
                "repositories.x.sources = [\"cran\", \"pypi\"] | repositories.x.sources: mixes sources of the types cran and pypi",
                "repositories.x.sources = [\"cran\", \"cran\"] | repositories.x.sources: names a source twice",
                "policy.rules = [{reason = \"r\"}] | policy.rules.0: has no name",
                "policy.rules = [{name = \"r\"}] | policy.rules.0: has no package; write \"*\" for every one",
                "policy.rules = [{name = \"r\", package = \"*\", version = \"\"}] | policy.rules.0: rule 'r' needs a name, an ecosystem, a package and a version",
                "policy.rules = [{name = \"r\", package = \"*\"}, {name = \"r\", package = \"x\"}] | policy.rules.1.name: \"r\" is the name of another rule",
                "policy.rules.name = \"r\"       | policy.rules must be written as [[policy.rules]], once for each rule",
                "database.url = \"postgres://h\" | database.url: must begin with r2dbc: or be empty",
            })
    void read_wrong_isOneLineWithFileLineAndKey(String line, String problem) {
        assertFails("2: " + problem, "# first line", line);
    }

    @Test
    void read_brokenToml_saysFileAndLine() {
        Path file = write("listen = \"127.0.0.1:1\"", "[cache", "memory = \"1 MiB\"");
        assertThatThrownBy(() -> ConfigurationReader.read(Optional.of(file), Map.of(), List.of()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith(file + ":2: ")
                .message()
                .hasLineCount(1);
    }

    @Test
    void read_keyTwice_saysFileAndLine() {
        Path file = write("listen = \"127.0.0.1:1\"", "", "listen = \"127.0.0.1:2\"");
        assertThatThrownBy(() -> ConfigurationReader.read(Optional.of(file), Map.of(), List.of()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(file + ":3: key listen is set a second time");
    }

    @Test
    void read_missingFile_saysSo() {
        Path file = directory.resolve("none.toml");
        assertThatThrownBy(() -> ConfigurationReader.read(Optional.of(file), Map.of(), List.of()))
                .hasMessage(file + ": no such file");
    }

    @Test
    void read_wrongVariable_namesVariableAndKey() {
        assertThatThrownBy(() -> read(Map.of("FOREBAY_HTTP_MAX_CONNECTIONS", "many")))
                .hasMessage("FOREBAY_HTTP_MAX_CONNECTIONS: http.max-connections: must be a whole number");
    }

    @Test
    void read_rules_keepTheirOrder() {
        Configuration configuration = read(
                Map.of(),
                "[[policy.rules]]",
                "name = \"first\"",
                "package = \"left-pad\"",
                "[[policy.rules]]",
                "name = \"second\"",
                "package = \"*\"",
                "action = \"allow\"");
        assertThat(configuration.rules())
                .extracting(Rule::name, Rule::action)
                .containsExactly(tuple("first", Rule.Action.BLOCK), tuple("second", Rule.Action.ALLOW));
    }

    @Test
    void read_secondRuleWrong_saysItsLine() {
        assertFails(
                "5: policy.rules.1.action: \"deny\" is not one of allow, block",
                "[[policy.rules]]",
                "name = \"first\"",
                "package = \"*\"",
                "[[policy.rules]] # another",
                "action = \"deny\"",
                "package = \"*\"",
                "name = \"second\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"password", "token"})
    @DisplayName("failures 28: secrets are masked")
    void toString_secrets_areMasked(String key) {
        Configuration configuration = read(Map.of(
                "FOREBAY_SOURCES_PYPI_USERNAME",
                key.equals("password") ? "user" : "",
                "FOREBAY_SOURCES_PYPI_" + key.toUpperCase(java.util.Locale.ROOT),
                "hunter2",
                "FOREBAY_DATABASE_URL",
                "r2dbc:postgresql://user:hunter2@127.0.0.1/forebay",
                "FOREBAY_SOURCES_CRAN_PROXY",
                "http://user:hunter2@127.0.0.1:3128"));
        assertThat(configuration.toString()).doesNotContain("hunter2").contains("forebay");
        List<String> lines = configuration.explained().stream()
                .map(line -> line.setting().toml(line.key()))
                .toList();
        assertThat(lines)
                .noneMatch(line -> line.contains("hunter2"))
                .contains("\"********\"", "\"http://********@127.0.0.1:3128\"");
    }

    private void assertFails(String expected, String... lines) {
        Path file = write(lines);
        assertThatThrownBy(() -> ConfigurationReader.read(Optional.of(file), Map.of(), List.of()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(file + ":" + expected);
    }

    private static String from(Configuration configuration, String path) {
        return configuration.explained().stream()
                .filter(line -> line.setting().path().equals(path))
                .findFirst()
                .orElseThrow()
                .setting()
                .from();
    }

    private Configuration read(Map<String, String> environment, String... lines) {
        Optional<Path> file = lines.length == 0 ? Optional.empty() : Optional.of(write(lines));
        return ConfigurationReader.read(file, environment, List.of()).configuration();
    }

    private Path write(String... lines) {
        try {
            return Files.write(directory.resolve("forebay.toml"), List.of(lines));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
