package io.forebay.app;

import io.forebay.app.Configuration.RepositoryOptions;
import io.forebay.app.Configuration.SourceOptions;
import io.forebay.model.Source;
import io.forebay.policy.Rule;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes the configuration from its layers: defaults, file, environment, options of the command line; the last one wins.
 *
 * <p>Failure: {@link ConfigurationException}, one line that names the place and the key.
 */
final class ConfigurationReader {
    private final Settings settings = new Settings();
    private final List<String> warnings = new ArrayList<>();

    private ConfigurationReader() {}

    /**
     * What was read.
     *
     * @param file the configuration file; empty when there is none
     * @param warnings lines for people about what has no effect
     */
    record Read(Configuration configuration, Optional<Path> file, List<String> warnings) {}

    /** The file that counts when none is named: here, else the machine's. */
    static Optional<Path> defaultFile() {
        return List.of(Path.of("forebay.toml"), Path.of("/etc/forebay/forebay.toml")).stream()
                .filter(Files::exists)
                .findFirst();
    }

    /** @param options settings of the command line */
    static Read read(Optional<Path> file, Map<String, String> environment, List<Setting> options) {
        ConfigurationReader reader = new ConfigurationReader();
        Configuration configuration = reader.configuration(file, environment, options);
        return new Read(configuration, file, List.copyOf(reader.warnings));
    }

    private Configuration configuration(Optional<Path> file, Map<String, String> environment, List<Setting> options) {
        settings.putDefault(Keys.SOURCE_TYPE, "cran", "cran");
        settings.putDefault(Keys.SOURCE_URL, "cran", "https://cloud.r-project.org");
        settings.putDefault(Keys.SOURCE_TYPE, "bioconductor", "bioconductor");
        settings.putDefault(Keys.SOURCE_URL, "bioconductor", "https://bioconductor.org");
        settings.putDefault(Keys.SOURCE_TYPE, "pypi", "pypi");
        settings.putDefault(Keys.SOURCE_URL, "pypi", "https://pypi.org");
        settings.putDefault(Keys.REPOSITORY_SOURCES, "cran", List.of("cran"));
        settings.putDefault(Keys.REPOSITORY_SOURCES, "bioconductor", List.of("bioconductor"));
        settings.putDefault(Keys.REPOSITORY_SOURCES, "pypi", List.of("pypi"));
        file.map(TomlFile::read).ifPresent(settings::putAll);
        Map<String, Set<String>> names =
                Map.of("sources", settings.names("sources"), "repositories", settings.names("repositories"));
        Environment ours = Environment.of(environment, names);
        settings.putAll(ours.settings());
        warnings.addAll(ours.warnings());
        settings.putAll(options);
        try {
            return build();
        } catch (InvalidValue e) {
            throw new ConfigurationException(settings.from(e.key()), e.key() + ": " + e.getMessage());
        }
    }

    private Configuration build() {
        Map<String, SourceOptions> sources = sources();
        Map<String, RepositoryOptions> repositories = repositories(sources);
        return new Configuration(
                settings.get(Keys.LISTEN),
                settings.get(Keys.DATA_DIR),
                settings.get(Keys.PUBLIC_URL),
                new Configuration.Cache(
                        settings.get(Keys.CACHE_MAX_SIZE),
                        settings.get(Keys.CACHE_INDEX_TTL),
                        settings.get(Keys.CACHE_STALE_WHILE_REVALIDATE),
                        settings.get(Keys.CACHE_STALE_IF_ERROR),
                        settings.get(Keys.CACHE_NOT_FOUND_TTL),
                        settings.get(Keys.CACHE_FAILURE_TTL),
                        settings.get(Keys.CACHE_MEMORY),
                        settings.get(Keys.CACHE_KEEP_ABANDONED)),
                new Configuration.Upkeep(
                        settings.get(Keys.CACHE_SOFT_LIMIT),
                        settings.get(Keys.CACHE_KEEP_REVISIONS),
                        settings.get(Keys.CACHE_SCRUB),
                        settings.get(Keys.LOG_USAGE_RETENTION)),
                new Configuration.Http(
                        settings.get(Keys.HTTP_EVENT_LOOPS),
                        settings.get(Keys.HTTP_HEAD_TIMEOUT),
                        settings.get(Keys.HTTP_IDLE_TIMEOUT),
                        settings.get(Keys.HTTP_MAX_CONNECTIONS),
                        settings.get(Keys.HTTP_MAX_CONNECTIONS_PER_ADDRESS),
                        settings.get(Keys.HTTP_MAX_FETCHES),
                        settings.get(Keys.HTTP_MAX_WAITING_FETCHES),
                        settings.get(Keys.HTTP_FETCH_WAIT),
                        settings.get(Keys.HTTP_MAX_HEADER_SIZE),
                        settings.get(Keys.HTTP_MAX_TARGET_SIZE),
                        settings.get(Keys.HTTP_DRAIN_TIMEOUT),
                        settings.get(Keys.HTTP_TRUSTED_PROXIES)),
                new Configuration.Admin(settings.get(Keys.ADMIN_LOOPBACK)),
                new Configuration.Tls(
                        settings.get(Keys.TLS_CERTIFICATE),
                        settings.get(Keys.TLS_KEY),
                        settings.get(Keys.TLS_REDIRECT_FROM)),
                new Configuration.Upstream(
                        settings.get(Keys.UPSTREAM_CONNECT_TIMEOUT),
                        settings.get(Keys.UPSTREAM_FIRST_BYTE_TIMEOUT),
                        settings.get(Keys.UPSTREAM_IDLE_TIMEOUT),
                        settings.get(Keys.UPSTREAM_MAX_CONNECTIONS),
                        settings.get(Keys.UPSTREAM_RETRIES),
                        settings.get(Keys.UPSTREAM_MAX_REDIRECTS)),
                new Configuration.Database(settings.get(Keys.DATABASE_URL)),
                sources,
                repositories,
                rules(),
                new Configuration.Log(
                        settings.get(Keys.LOG_LEVEL),
                        settings.get(Keys.LOG_FORMAT),
                        settings.get(Keys.LOG_ACCESS),
                        settings.get(Keys.LOG_ACCESS_FORMAT)),
                settings.explained());
    }

    private Map<String, SourceOptions> sources() {
        Map<String, SourceOptions> sources = new LinkedHashMap<>();
        for (String name : settings.names("sources")) {
            if (settings.get(Keys.SOURCE_ENABLED, name)) {
                sources.put(name, source(name));
            }
        }
        return sources;
    }

    private SourceOptions source(String name) {
        String at = "sources." + name;
        InvalidValue.unless(!settings.setting(Keys.SOURCE_TYPE, name).raw().equals(""), at, "has no type");
        String type = settings.get(Keys.SOURCE_TYPE, name);
        URI url = settings.get(Keys.SOURCE_URL, name).orElseThrow(() -> new InvalidValue(at, "has no url"));
        if (type.equals("pypi")) {
            settings.putDefault(Keys.SOURCE_FILE_HOSTS, name, defaultFileHosts(url));
        }
        Source source = new Source(name, type, url, fileHosts(name, url), settings.get(Keys.SOURCE_DATED_URL, name));
        return new SourceOptions(
                source,
                settings.get(Keys.SOURCE_USERNAME, name),
                settings.get(Keys.SOURCE_PASSWORD, name),
                settings.get(Keys.SOURCE_TOKEN, name),
                readable(Keys.SOURCE_CA, name),
                readable(Keys.SOURCE_CLIENT_CERTIFICATE, name),
                readable(Keys.SOURCE_CLIENT_KEY, name),
                proxy(name));
    }

    private static List<String> defaultFileHosts(URI url) {
        return url.toString().equals("https://pypi.org")
                ? List.of("files.pythonhosted.org")
                : List.of(url.getRawAuthority());
    }

    /** Hosts without a scheme are asked with that of the source's own URL. */
    private List<URI> fileHosts(String name, URI url) {
        List<URI> hosts = new ArrayList<>();
        for (String host : settings.get(Keys.SOURCE_FILE_HOSTS, name)) {
            String key = Keys.SOURCE_FILE_HOSTS.path(name);
            try {
                URI base = Type.url(host.contains("://") ? host : url.getScheme() + "://" + host);
                InvalidValue.unless(base.getRawPath().isEmpty(), key, "\"" + host + "\" must be a host without a path");
                hosts.add(base);
            } catch (IllegalArgumentException e) {
                throw new InvalidValue(key, "\"" + host + "\" " + e.getMessage());
            }
        }
        return hosts;
    }

    private Secret proxy(String name) {
        Secret proxy = settings.get(Keys.SOURCE_PROXY, name);
        if (!proxy.isPresent()) {
            return proxy;
        }
        try {
            Type.url(proxy.value());
        } catch (IllegalArgumentException e) {
            throw new InvalidValue(Keys.SOURCE_PROXY.path(name), String.valueOf(e.getMessage()));
        }
        return proxy;
    }

    private Optional<Path> readable(Key<Optional<Path>> key, String name) {
        Optional<Path> file = settings.get(key, name);
        file.ifPresent(path -> InvalidValue.unless(
                Files.isReadable(path) && !Files.isDirectory(path), key.path(name), "cannot read the file " + path));
        return file;
    }

    private Map<String, RepositoryOptions> repositories(Map<String, SourceOptions> sources) {
        Map<String, RepositoryOptions> repositories = new LinkedHashMap<>();
        for (String name : settings.names("repositories")) {
            if (settings.get(Keys.REPOSITORY_ENABLED, name) && !orphan(name, sources)) {
                repositories.put(
                        name,
                        new RepositoryOptions(
                                name,
                                settings.get(Keys.REPOSITORY_SOURCES, name),
                                settings.get(Keys.REPOSITORY_DESCRIPTION, name)));
            }
        }
        return repositories;
    }

    /** A repository that nobody wrote down goes with its source when that is switched off. */
    private boolean orphan(String name, Map<String, SourceOptions> sources) {
        return !settings.given(Keys.REPOSITORY_SOURCES, name)
                && !settings.get(Keys.REPOSITORY_SOURCES, name).isEmpty()
                && !sources.keySet().containsAll(settings.get(Keys.REPOSITORY_SOURCES, name));
    }

    private List<Rule> rules() {
        Set<String> named = new LinkedHashSet<>();
        List<Rule> rules = new ArrayList<>();
        for (String number : settings.names("policy.rules")) {
            Rule rule = rule(number);
            InvalidValue.unless(
                    named.add(rule.name()),
                    Keys.RULE_NAME.path(number),
                    "\"" + rule.name() + "\" is the name of another rule");
            rules.add(rule);
        }
        return rules;
    }

    private Rule rule(String number) {
        String at = "policy.rules." + number;
        String name = settings.get(Keys.RULE_NAME, number);
        InvalidValue.unless(!name.isBlank(), at, "has no name");
        // No default here: a rule about everything must say so.
        String packages = settings.get(Keys.RULE_PACKAGE, number);
        InvalidValue.unless(!packages.isEmpty(), at, "has no package; write \"*\" for every one");
        try {
            return new Rule(
                    name,
                    settings.get(Keys.RULE_ECOSYSTEM, number),
                    packages,
                    settings.get(Keys.RULE_VERSION, number),
                    Rule.Action.valueOf(settings.get(Keys.RULE_ACTION, number).toUpperCase(Locale.ROOT)),
                    settings.get(Keys.RULE_REASON, number));
        } catch (IllegalArgumentException e) {
            throw new InvalidValue(at, String.valueOf(e.getMessage()));
        }
    }
}
