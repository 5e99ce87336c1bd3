package io.forebay.app;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again while the server runs. The log's level and formats, the rules and which sources a repository asks
 * are put in force, and a certificate whose files have changed is read; every other key that has changed is named as one that
 * waits for a restart. A configuration with a mistake changes nothing.
 *
 * <p>Threads: one call at a time.
 */
final class Reload implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);
    private static final String ACCESS_FORMAT = Keys.LOG_ACCESS_FORMAT.pattern();
    private static final Set<String> LOG_KEYS =
            Set.of(Keys.LOG_LEVEL.pattern(), Keys.LOG_FORMAT.pattern(), ACCESS_FORMAT);
    private static final Pattern ROUTE = Pattern.compile("repositories\\.([^.]+)\\.(?:sources|description)");
    private static final String RULES = "policy.rules.";

    private final Supplier<ConfigurationReader.Read> reader;
    private final Consumer<Configuration.Log> log;
    private final Consumer<Configuration> routes;
    private final BiConsumer<String, String> audit;
    private final Map<String, String> inForce;
    private Configuration routed;

    /**
     * Begins with what is in force.
     *
     * @param log puts a changed log in force
     * @param routes puts repositories and rules in force, and looks after the certificate
     * @param audit is told each time: the keys that changed, and the outcome
     */
    Reload(
            Configuration inForce,
            Supplier<ConfigurationReader.Read> reader,
            Consumer<Configuration.Log> log,
            Consumer<Configuration> routes,
            BiConsumer<String, String> audit) {
        this.reader = reader;
        this.log = log;
        this.routes = routes;
        this.audit = audit;
        this.inForce = values(inForce);
        this.routed = inForce;
    }

    @Override
    public synchronized void run() {
        try {
            ConfigurationReader.Read read = reader.get();
            read.warnings().forEach(LOG::warn);
            audit.accept(String.join(" ", apply(read.configuration())), "done");
        } catch (StartFailure | WrongUse e) {
            LOG.error("Reload: nothing is changed: {}", e.getMessage());
            audit.accept("", "failed: " + e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("Reload: nothing is changed", e);
            audit.accept("", "failed: the log says why");
        }
    }

    /** The keys that have changed, those that wait for a restart as well. */
    private Set<String> apply(Configuration fresh) {
        Map<String, String> values = values(fresh);
        Set<String> changed = new TreeSet<>(values.keySet());
        changed.addAll(inForce.keySet());
        changed.removeIf(key -> String.valueOf(values.get(key)).equals(String.valueOf(inForce.get(key))));
        Set<String> all = new TreeSet<>(changed);
        Configuration next = routed.routed(repositories(fresh), fresh.rules());
        routes.accept(next);
        routed = next;
        Set<String> live = new TreeSet<>(changed);
        live.removeIf(key -> !isLive(key, fresh));
        tell(live, fresh);
        live.forEach(key -> remember(key, values));
        changed.removeAll(live);
        changed.forEach(key -> LOG.warn("Reload: {} has changed and takes effect at the next start", key));
        if (live.isEmpty() && changed.isEmpty()) {
            LOG.info("Reload: the configuration has not changed");
        }
        return all;
    }

    private void tell(Set<String> live, Configuration fresh) {
        if (live.stream().anyMatch(LOG_KEYS::contains)) {
            log.accept(fresh.log());
        }
        if (live.stream().anyMatch(key -> LOG_KEYS.contains(key) && !key.equals(ACCESS_FORMAT))) {
            LOG.info(
                    "Reload: the log is at level {} in format {}",
                    fresh.log().level(),
                    fresh.log().format());
        }
        if (live.contains(ACCESS_FORMAT)) {
            LOG.info("Reload: {}: {} in force", ACCESS_FORMAT, fresh.log().accessLine());
        }
        if (live.stream().anyMatch(key -> key.startsWith(RULES))) {
            LOG.info("Reload: policy.rules: {} in force", fresh.rules().size());
        }
        for (String key : live) {
            Matcher route = ROUTE.matcher(key);
            if (route.matches()) {
                LOG.info(
                        "Reload: {} is in force; sources of {}: {}",
                        key,
                        route.group(1),
                        String.join(", ", repository(route.group(1)).sources()));
            }
        }
    }

    private void remember(String key, Map<String, String> values) {
        String value = values.get(key);
        if (value == null) {
            inForce.remove(key);
        } else {
            inForce.put(key, value);
        }
    }

    private boolean isLive(String key, Configuration fresh) {
        Matcher route = ROUTE.matcher(key);
        return LOG_KEYS.contains(key)
                || key.startsWith(RULES)
                || (route.matches()
                        && routed.repositories().containsKey(route.group(1))
                        && repository(route.group(1))
                                .equals(fresh.repositories().get(route.group(1))));
    }

    private Configuration.RepositoryOptions repository(String name) {
        return Objects.requireNonNull(routed.repositories().get(name));
    }

    /** Those that run, each with the sources it is to have, where these run too and speak what it speaks. */
    private Map<String, Configuration.RepositoryOptions> repositories(Configuration fresh) {
        Map<String, Configuration.RepositoryOptions> next = new LinkedHashMap<>();
        routed.repositories().forEach((name, current) -> {
            Configuration.RepositoryOptions wanted = fresh.repositories().get(name);
            next.put(name, wanted != null && isSameKind(current, wanted) ? wanted : current);
        });
        return next;
    }

    private boolean isSameKind(Configuration.RepositoryOptions current, Configuration.RepositoryOptions wanted) {
        String type = type(current.sources().get(0));
        return wanted.sources().stream()
                .allMatch(source ->
                        routed.sources().containsKey(source) && type(source).equals(type));
    }

    private String type(String source) {
        return routed.source(source).source().type();
    }

    private static Map<String, String> values(Configuration configuration) {
        Map<String, String> values = new LinkedHashMap<>();
        configuration
                .explained()
                .forEach(line -> values.put(
                        line.setting().path(), String.valueOf(line.setting().raw())));
        return values;
    }
}
