package io.forebay.app;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Every key there is, with type and default. The sample file says the same in words; a test compares the two. */
final class Keys {
    private static final List<Key<?>> ALL = new ArrayList<>();

    static final Key<ListenAddress> LISTEN = key("listen", Type.LISTEN_ADDRESS, "127.0.0.1:4242");
    static final Key<Path> DATA_DIR = key("data-dir", Type.PATH, "data");
    static final Key<Optional<URI>> PUBLIC_URL = key("public-url", Type.OPTIONAL_URL, "");

    static final Key<Capacity> CACHE_MAX_SIZE = key("cache.max-size", Type.CAPACITY, "90%");
    static final Key<Duration> CACHE_INDEX_TTL = key("cache.index-ttl", Type.DURATION_WITH_UNIT, "10m");
    static final Key<Duration> CACHE_STALE_WHILE_REVALIDATE =
            key("cache.stale-while-revalidate", Type.DURATION_WITH_UNIT, "1h");
    static final Key<Duration> CACHE_STALE_IF_ERROR = key("cache.stale-if-error", Type.DURATION_WITH_UNIT, "30d");
    static final Key<Duration> CACHE_NOT_FOUND_TTL = key("cache.not-found-ttl", Type.DURATION_WITH_UNIT, "60s");
    static final Key<Duration> CACHE_FAILURE_TTL = key("cache.failure-ttl", Type.DURATION_WITH_UNIT, "5s");
    static final Key<ByteSize> CACHE_MEMORY = key("cache.memory", Type.BYTE_SIZE, "128 MiB");
    static final Key<ByteSize> CACHE_KEEP_ABANDONED = key("cache.keep-abandoned", Type.BYTE_SIZE, "2 GiB");

    static final Key<Capacity> CACHE_SOFT_LIMIT = key("cache.soft-limit", Type.CAPACITY, "95%");
    static final Key<Duration> CACHE_KEEP_REVISIONS = key("cache.keep-revisions", Type.DURATION_WITH_UNIT, "90d");
    static final Key<ByteSize> CACHE_SCRUB = key("cache.scrub", Type.BYTE_SIZE, "10 MiB");

    static final Key<Integer> HTTP_EVENT_LOOPS = key("http.event-loops", Type.NUMBER, 0L);
    static final Key<Duration> HTTP_HEAD_TIMEOUT = key("http.head-timeout", Type.DURATION_WITH_UNIT, "15s");
    static final Key<Duration> HTTP_IDLE_TIMEOUT = key("http.idle-timeout", Type.DURATION_WITH_UNIT, "60s");
    static final Key<Integer> HTTP_MAX_CONNECTIONS = key("http.max-connections", Type.NUMBER, 10_000L);
    static final Key<Integer> HTTP_MAX_CONNECTIONS_PER_ADDRESS =
            key("http.max-connections-per-address", Type.NUMBER, 5_000L);
    static final Key<Integer> HTTP_MAX_FETCHES = key("http.max-fetches", Type.NUMBER, 512L);
    static final Key<Integer> HTTP_MAX_WAITING_FETCHES = key("http.max-waiting-fetches", Type.NUMBER, 2_000L);
    static final Key<Duration> HTTP_FETCH_WAIT = key("http.fetch-wait", Type.DURATION_WITH_UNIT, "5s");
    static final Key<ByteSize> HTTP_MAX_HEADER_SIZE = key("http.max-header-size", Type.BYTE_SIZE, "16 KiB");
    static final Key<ByteSize> HTTP_MAX_TARGET_SIZE = key("http.max-target-size", Type.BYTE_SIZE, "8 KiB");
    static final Key<Duration> HTTP_DRAIN_TIMEOUT = key("http.drain-timeout", Type.DURATION_WITH_UNIT, "30s");
    static final Key<Optional<Path>> TLS_CERTIFICATE = key("tls.certificate", Type.OPTIONAL_PATH, "");
    static final Key<Optional<Path>> TLS_KEY = key("tls.key", Type.OPTIONAL_PATH, "");
    static final Key<Optional<ListenAddress>> TLS_REDIRECT_FROM =
            key("tls.redirect-from", Type.OPTIONAL_LISTEN_ADDRESS, "");
    static final Key<List<String>> HTTP_TRUSTED_PROXIES = key("http.trusted-proxies", Type.TEXTS, List.of());

    static final Key<Boolean> ADMIN_LOOPBACK = key("admin.loopback", Type.FLAG, true);

    static final Key<Duration> UPSTREAM_CONNECT_TIMEOUT =
            key("upstream.connect-timeout", Type.DURATION_WITH_UNIT, "5s");
    static final Key<Duration> UPSTREAM_FIRST_BYTE_TIMEOUT =
            key("upstream.first-byte-timeout", Type.DURATION_WITH_UNIT, "30s");
    static final Key<Duration> UPSTREAM_IDLE_TIMEOUT = key("upstream.idle-timeout", Type.DURATION_WITH_UNIT, "15s");
    static final Key<Integer> UPSTREAM_MAX_CONNECTIONS = key("upstream.max-connections", Type.NUMBER, 64L);
    static final Key<Integer> UPSTREAM_RETRIES = key("upstream.retries", Type.NUMBER, 3L);
    static final Key<Integer> UPSTREAM_MAX_REDIRECTS = key("upstream.max-redirects", Type.NUMBER, 5L);

    static final Key<Secret> DATABASE_URL = key("database.url", Type.SECRET_IN_URL, "");

    static final Key<Boolean> SOURCE_ENABLED = key("sources.*.enabled", Type.FLAG, true);
    static final Key<String> SOURCE_TYPE = key("sources.*.type", Type.oneOf("cran", "bioconductor", "pypi"), "");
    static final Key<Optional<URI>> SOURCE_URL = key("sources.*.url", Type.OPTIONAL_URL, "");
    static final Key<List<String>> SOURCE_FILE_HOSTS = key("sources.*.file-hosts", Type.TEXTS, List.of());
    static final Key<Optional<String>> SOURCE_DATED_URL = key("sources.*.dated-url", Type.OPTIONAL_DATED_URL, "");
    static final Key<String> SOURCE_USERNAME = key("sources.*.username", Type.TEXT, "");
    static final Key<Secret> SOURCE_PASSWORD = key("sources.*.password", Type.SECRET, "");
    static final Key<Secret> SOURCE_TOKEN = key("sources.*.token", Type.SECRET, "");
    static final Key<Optional<Path>> SOURCE_CA = key("sources.*.ca", Type.OPTIONAL_PATH, "");
    static final Key<Optional<Path>> SOURCE_CLIENT_CERTIFICATE =
            key("sources.*.client-certificate", Type.OPTIONAL_PATH, "");
    static final Key<Optional<Path>> SOURCE_CLIENT_KEY = key("sources.*.client-key", Type.OPTIONAL_PATH, "");
    static final Key<Secret> SOURCE_PROXY = key("sources.*.proxy", Type.SECRET_IN_URL, "");

    static final Key<Boolean> REPOSITORY_ENABLED = key("repositories.*.enabled", Type.FLAG, true);
    static final Key<List<String>> REPOSITORY_SOURCES = key("repositories.*.sources", Type.TEXTS, List.of());
    static final Key<String> REPOSITORY_DESCRIPTION = key("repositories.*.description", Type.TEXT, "");

    static final Key<String> RULE_NAME = key("policy.rules.*.name", Type.TEXT, "");
    static final Key<String> RULE_ECOSYSTEM = key("policy.rules.*.ecosystem", Type.oneOf("*", "r", "python"), "*");
    static final Key<String> RULE_PACKAGE = key("policy.rules.*.package", Type.TEXT, "");
    static final Key<String> RULE_VERSION = key("policy.rules.*.version", Type.TEXT, "*");
    static final Key<String> RULE_ACTION = key("policy.rules.*.action", Type.oneOf("allow", "block"), "block");
    static final Key<String> RULE_REASON = key("policy.rules.*.reason", Type.TEXT, "");

    static final Key<String> LOG_LEVEL =
            key("log.level", Type.oneOf("error", "warn", "info", "debug", "trace"), "info");
    static final Key<String> LOG_FORMAT = key("log.format", Type.oneOf("text", "json"), "text");
    static final Key<String> LOG_ACCESS_FORMAT =
            key("log.access-format", Type.oneOf("auto", "common", "combined", "json"), "auto");
    static final Key<Boolean> LOG_ACCESS = key("log.access", Type.FLAG, true);
    static final Key<Duration> LOG_USAGE_RETENTION = key("log.usage-retention", Type.DURATION_WITH_UNIT, "400d");

    private Keys() {}

    /** In the order of the sample file. */
    static List<Key<?>> all() {
        return List.copyOf(ALL);
    }

    private static <T> Key<T> key(String pattern, Type<T> type, Object fallback) {
        Key<T> key = new Key<>(pattern, type, fallback);
        ALL.add(key);
        return key;
    }
}
