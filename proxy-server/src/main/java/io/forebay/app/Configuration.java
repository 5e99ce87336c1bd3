package io.forebay.app;

import static io.forebay.app.InvalidValue.unless;

import io.forebay.model.Source;
import io.forebay.model.TrustedProxies;
import io.forebay.policy.Rule;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The whole configuration, checked. Immutable. Each record refuses what makes no sense, naming the key; {@link
 * ConfigurationReader} adds the place the value came from.
 *
 * @param publicUrl what clients reach the server by, when that is not the address it listens on
 * @param sources by name, those that are enabled
 * @param repositories by name, those that are enabled; each names sources of one type
 * @param rules in order
 * @param explained every key with its value and where that came from, for people
 */
record Configuration(
        ListenAddress listen,
        Path dataDir,
        Optional<URI> publicUrl,
        Cache cache,
        Upkeep upkeep,
        Http http,
        Admin admin,
        Tls tls,
        Upstream upstream,
        Database database,
        Map<String, SourceOptions> sources,
        Map<String, RepositoryOptions> repositories,
        List<Rule> rules,
        Log log,
        List<Settings.Explained> explained) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");

    /** First path segments that are the server's own. */
    private static final Set<String> RESERVED =
            Set.of("-", "health", "metrics", "api", "static", "favicon.ico", "robots.txt");

    Configuration {
        publicUrl.ifPresent(url -> unless(url.getRawUserInfo() == null, "public-url", "must not hold credentials"));
        unless(
                tls.redirectFrom().isEmpty()
                        || publicUrl.isEmpty()
                        || "https".equals(publicUrl.get().getScheme()),
                "tls.redirect-from",
                "needs a public-url that begins with https://");
        sources = ordered(sources);
        repositories = ordered(repositories);
        rules = List.copyOf(rules);
        explained = List.copyOf(explained);
        for (RepositoryOptions repository : repositories.values()) {
            repository.check(sources);
        }
    }

    /**
     * What a part refused only when it was given it, told as if it had been noticed when it was read.
     *
     * @param refusal with a message {@code key: what is wrong}
     */
    ConfigurationException refused(IllegalArgumentException refusal) {
        String problem = String.valueOf(refusal.getMessage());
        String key = problem.replaceFirst(":.*", "");
        String where = explained.stream()
                .map(Settings.Explained::setting)
                .filter(setting -> setting.path().equals(key))
                .map(Setting::from)
                .findFirst()
                .orElse(Setting.DEFAULT);
        return new ConfigurationException(where, problem);
    }

    /** Where a proxy stands in front, its clients may come from the loopback as well. */
    boolean loopbackAdministers() {
        return admin.loopback() && publicUrl.isEmpty() && http.trustedProxies().isEmpty();
    }

    /** A source that a repository names. */
    SourceOptions source(String name) {
        SourceOptions source = sources.get(name);
        if (source == null) {
            throw new IllegalArgumentException("no source " + name);
        }
        return source;
    }

    private static <T> Map<String, T> ordered(Map<String, T> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }

    private static void positive(Duration duration, String key) {
        unless(duration.compareTo(Duration.ZERO) > 0, key, "must be more than 0");
    }

    private static void positive(int number, String key) {
        unless(number > 0, key, "must be more than 0");
    }

    private static void between(ByteSize size, long min, long max, String key) {
        unless(size.bytes() >= min && size.bytes() <= max, key, "must be " + min + " to " + max + " bytes");
    }

    /**
     * What is kept and for how long.
     *
     * @param memory for small bodies and rendered pages
     * @param keepAbandoned how much may still be fetched for clients that have left
     */
    record Cache(
            Capacity maxSize,
            Duration indexTtl,
            Duration staleWhileRevalidate,
            Duration staleIfError,
            Duration notFoundTtl,
            Duration failureTtl,
            ByteSize memory,
            ByteSize keepAbandoned) {
        Cache {
            unless(
                    maxSize.percent().orElse(1) >= 1 && maxSize.percent().orElse(1) <= 100,
                    "cache.max-size",
                    "must be 1% to 100%");
            unless(
                    maxSize.percent().isPresent() || maxSize.bytes().bytes() > 0,
                    "cache.max-size",
                    "must be more than 0");
        }
    }

    /**
     * What is removed in the background and when.
     *
     * @param softLimit from where on what is least used goes: a part of max-size, or bytes
     * @param keepRevisions how long every revision of an index is kept
     * @param scrub bytes a second that are read and compared with their digests; 0 for never
     * @param usageRetention how long download counts are kept
     */
    record Upkeep(Capacity softLimit, Duration keepRevisions, ByteSize scrub, Duration usageRetention) {
        Upkeep {
            int percent = softLimit.percent().orElse(100);
            unless(percent >= 10 && percent <= 100, "cache.soft-limit", "must be 10% to 100% of max-size");
            unless(
                    softLimit.percent().isPresent() || softLimit.bytes().bytes() > 0,
                    "cache.soft-limit",
                    "must be more than 0");
            positive(keepRevisions, "cache.keep-revisions");
            positive(usageRetention, "log.usage-retention");
        }
    }

    /**
     * Who administers.
     *
     * @param loopback whether who connects from the machine itself does
     */
    record Admin(boolean loopback) {}

    /**
     * The server's limits.
     *
     * @param eventLoops threads that speak HTTP, with clients and origins; 0 for one for each processor
     * @param maxFetches from origins for clients at once; more wait
     * @param maxWaitingFetches that wait; more are refused
     * @param fetchWait how long they wait before they are refused
     * @param trustedProxies addresses or networks whose Forwarded or X-Forwarded-For is believed
     */
    record Http(
            int eventLoops,
            Duration headTimeout,
            Duration idleTimeout,
            int maxConnections,
            int maxConnectionsPerAddress,
            int maxFetches,
            int maxWaitingFetches,
            Duration fetchWait,
            ByteSize maxHeaderSize,
            ByteSize maxTargetSize,
            Duration drainTimeout,
            List<String> trustedProxies) {
        /** Far above the processors of any machine: more threads would only take turns. */
        private static final int MAX_EVENT_LOOPS = 1024;

        Http {
            trustedProxies = List.copyOf(trustedProxies);
            unless(
                    eventLoops >= 0 && eventLoops <= MAX_EVENT_LOOPS,
                    "http.event-loops",
                    "must be 0 to " + MAX_EVENT_LOOPS);
            networks(trustedProxies);
            positive(headTimeout, "http.head-timeout");
            positive(idleTimeout, "http.idle-timeout");
            positive(maxConnections, "http.max-connections");
            positive(maxConnectionsPerAddress, "http.max-connections-per-address");
            positive(maxFetches, "http.max-fetches");
            unless(maxWaitingFetches >= 0, "http.max-waiting-fetches", "must not be less than 0");
            positive(fetchWait, "http.fetch-wait");
            between(maxHeaderSize, 1024, 1024 * 1024, "http.max-header-size");
            between(maxTargetSize, 256, 1024 * 1024, "http.max-target-size");
        }

        private static void networks(List<String> texts) {
            try {
                TrustedProxies.of(texts);
            } catch (IllegalArgumentException e) {
                throw new InvalidValue("http.trusted-proxies", String.valueOf(e.getMessage()));
            }
        }
    }

    /**
     * What the server proves itself with; plain HTTP without.
     *
     * @param certificate PEM file of the certificate and what is between it and the root
     * @param key PEM file of its key, PKCS#8, not encrypted
     * @param redirectFrom where plain HTTP is answered with where HTTPS is
     */
    record Tls(Optional<Path> certificate, Optional<Path> key, Optional<ListenAddress> redirectFrom) {
        Tls {
            unless(
                    certificate.isPresent() == key.isPresent(),
                    "tls.certificate",
                    "needs a tls.key, and a key a certificate");
            unless(
                    redirectFrom.isEmpty() || certificate.isPresent(),
                    "tls.redirect-from",
                    "needs a tls.certificate to send clients to");
        }
    }

    /** How origins are asked; per origin where it is a number. */
    record Upstream(
            Duration connectTimeout,
            Duration firstByteTimeout,
            Duration idleTimeout,
            int maxConnections,
            int retries,
            int maxRedirects) {
        Upstream {
            positive(connectTimeout, "upstream.connect-timeout");
            positive(firstByteTimeout, "upstream.first-byte-timeout");
            positive(idleTimeout, "upstream.idle-timeout");
            positive(maxConnections, "upstream.max-connections");
            unless(retries >= 0 && retries <= 10, "upstream.retries", "must be 0 to 10");
            unless(maxRedirects >= 0 && maxRedirects <= 20, "upstream.max-redirects", "must be 0 to 20");
        }
    }

    /** @param url R2DBC URL; empty for SQLite in the data directory */
    record Database(Secret url) {
        Database {
            unless(
                    !url.isPresent() || url.value().startsWith("r2dbc:"),
                    "database.url",
                    "must begin with r2dbc: or be empty");
        }
    }

    /**
     * A place packages come from, and how it is spoken to.
     *
     * @param username for Basic authentication, with {@code password}; empty when there is none
     * @param token for Bearer authentication
     * @param ca PEM file of the certificates to trust instead of the system's
     * @param proxy URL of an HTTP proxy, perhaps with credentials; empty for what the environment says
     */
    record SourceOptions(
            Source source,
            String username,
            Secret password,
            Secret token,
            Optional<Path> ca,
            Optional<Path> clientCertificate,
            Optional<Path> clientKey,
            Secret proxy) {
        SourceOptions {
            String at = "sources." + source.name() + ".";
            legalName(source.name(), "sources." + source.name());
            noCredentials(source.url(), at + "url");
            source.fileHosts().forEach(host -> noCredentials(host, at + "file-hosts"));
            unless(
                    username.isEmpty() == !password.isPresent(),
                    at + "username",
                    "needs a password, and a password a username");
            unless(username.indexOf(':') < 0, at + "username", "must not hold a colon");
            unless(
                    token.value().chars().allMatch(c -> c > ' ' && c < 0x7F),
                    at + "token",
                    "must be one word of printable ASCII");
            unless(username.isEmpty() || !token.isPresent(), at + "token", "cannot stand beside a username");
            unless(
                    clientCertificate.isPresent() == clientKey.isPresent(),
                    at + "client-certificate",
                    "needs a client-key, and a client-key a certificate");
        }

        private static void noCredentials(URI url, String key) {
            unless(
                    url.getRawUserInfo() == null,
                    key,
                    "must not hold credentials; write them as username and password (or token) of the source");
        }
    }

    /**
     * What clients name in the first segment of a path.
     *
     * @param sources names, in order of priority
     */
    record RepositoryOptions(String name, List<String> sources, String description) {
        RepositoryOptions {
            String at = "repositories." + name;
            unless(!RESERVED.contains(name), at, "\"" + name + "\" is reserved for the server's own pages");
            legalName(name, at);
            sources = List.copyOf(sources);
            unless(!sources.isEmpty(), at + ".sources", "names no source");
            unless(Set.copyOf(sources).size() == sources.size(), at + ".sources", "names a source twice");
        }

        private void check(Map<String, SourceOptions> known) {
            String key = "repositories." + name + ".sources";
            Set<String> types = new LinkedHashSet<>();
            for (String source : sources) {
                SourceOptions options = known.get(source);
                if (options == null) {
                    throw new InvalidValue(key, "there is no source " + source + hint(source, known.keySet()));
                }
                types.add(options.source().type());
            }
            unless(types.size() == 1, key, "mixes sources of the types " + String.join(" and ", types));
        }

        private static String hint(String source, Set<String> known) {
            return Schema.nearest(source, known)
                    .map(near -> " (did you mean " + near + "?)")
                    .orElse("; there are " + String.join(", ", known));
        }
    }

    /**
     * What is logged how.
     *
     * @param format {@code text} or {@code json}
     * @param accessFormat of the line for each request: {@code common}, {@code combined}, {@code json}, or {@code auto}, which is
     *     JSON where the format is, else combined
     */
    record Log(String level, String format, boolean access, String accessFormat) {
        /** Never {@code auto}. */
        String accessLine() {
            return accessFormat.equals("auto") ? format.equals("json") ? "json" : "combined" : accessFormat;
        }
    }

    /** What is wrong with a name that goes into URLs, environment variables and metrics as it is. */
    static Optional<String> wrongName(String name) {
        return NAME.matcher(name).matches()
                ? Optional.empty()
                : Optional.of("\"" + name + "\" is not a name: letters, digits, - and _ only, at most 64");
    }

    private static void legalName(String name, String key) {
        wrongName(name).ifPresent(problem -> {
            throw new InvalidValue(key, problem);
        });
    }
}
