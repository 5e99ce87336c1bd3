package io.forebay.app;

import io.forebay.app.Configuration.RepositoryOptions;
import io.forebay.app.Configuration.SourceOptions;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again while the server runs. Sources, repositories, rules, the log's level and formats are put in force,
 * and a certificate whose files have changed is read; every other key that has changed is named as one that waits for a restart. A
 * configuration with a mistake changes nothing.
 *
 * <p>Threads: one call at a time.
 */
final class Reload implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);
    private static final String ACCESS_FORMAT = Keys.LOG_ACCESS_FORMAT.pattern();
    private static final Set<String> LOG_KEYS =
            Set.of(Keys.LOG_LEVEL.pattern(), Keys.LOG_FORMAT.pattern(), ACCESS_FORMAT);
    private static final String SOURCES = "sources.";
    private static final String RULES = "policy.rules.";
    private static final List<String> LIVE = List.of(SOURCES, "repositories.", RULES);

    private final Configured configured;
    private final Consumer<Configuration.Log> log;
    private final Consumer<Configuration> routes;
    private final BiConsumer<String, String> audit;
    private Configuration routed;

    /**
     * Begins with what is in force.
     *
     * @param log puts a changed log in force
     * @param routes puts sources, repositories and rules in force, and looks after the certificate; {@link WrongUse} when it cannot,
     *     and then has changed nothing
     * @param audit is told each time: the keys that changed, and the outcome
     */
    Reload(
            Configured configured,
            Consumer<Configuration.Log> log,
            Consumer<Configuration> routes,
            BiConsumer<String, String> audit) {
        this.configured = configured;
        this.log = log;
        this.routes = routes;
        this.audit = audit;
        this.routed = configured.configuration();
    }

    @Override
    public synchronized void run() {
        try {
            ConfigurationReader.Read read = configured.again();
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
        Set<String> changed = configured.changed(fresh);
        Configuration before = routed;
        routes.accept(fresh);
        routed = fresh;
        configured.take(fresh, Reload::isLive);
        if (changed.stream().anyMatch(LOG_KEYS::contains)) {
            log.accept(fresh.log());
        }
        tell(changed, fresh);
        sources(before.sources(), fresh.sources(), changed);
        repositories(before.repositories(), fresh.repositories());
        changed.stream()
                .filter(key -> !isLive(key))
                .forEach(key -> LOG.warn("Reload: {} has changed and takes effect at the next start", key));
        if (changed.isEmpty()) {
            LOG.info("Reload: the configuration has not changed");
        }
        return changed;
    }

    private static boolean isLive(String key) {
        return LOG_KEYS.contains(key) || LIVE.stream().anyMatch(key::startsWith);
    }

    private static void tell(Set<String> changed, Configuration fresh) {
        if (changed.stream().anyMatch(key -> LOG_KEYS.contains(key) && !key.equals(ACCESS_FORMAT))) {
            LOG.info(
                    "Reload: the log is at level {} in format {}",
                    fresh.log().level(),
                    fresh.log().format());
        }
        if (changed.contains(ACCESS_FORMAT)) {
            LOG.info("Reload: {}: {} in force", ACCESS_FORMAT, fresh.log().accessLine());
        }
        if (changed.stream().anyMatch(key -> key.startsWith(RULES))) {
            LOG.info("Reload: policy.rules: {} in force", fresh.rules().size());
        }
    }

    private static void sources(
            Map<String, SourceOptions> before, Map<String, SourceOptions> fresh, Set<String> changed) {
        for (String name : names(before.keySet(), fresh.keySet())) {
            String table = SOURCES + name;
            String keys = changed.stream()
                    .filter(key -> key.startsWith(table + "."))
                    .map(key -> key.substring(table.length() + 1))
                    .collect(Collectors.joining(", "));
            if (!fresh.containsKey(name)) {
                LOG.info("Reload: {} is no more", table);
            } else if (!before.containsKey(name)) {
                LOG.info("Reload: {} is new", table);
            } else if (!keys.isEmpty()) {
                LOG.info("Reload: {}: {} in force", table, keys);
            }
        }
    }

    private static void repositories(Map<String, RepositoryOptions> before, Map<String, RepositoryOptions> fresh) {
        for (String name : names(before.keySet(), fresh.keySet())) {
            RepositoryOptions now = fresh.get(name);
            if (now == null) {
                LOG.info("Reload: repositories.{} is no more", name);
            } else if (!now.equals(before.get(name))) {
                LOG.info(
                        "Reload: repositories.{} is in force; its sources: {}", name, String.join(", ", now.sources()));
            }
        }
    }

    private static Set<String> names(Collection<String> before, Collection<String> fresh) {
        Set<String> names = new LinkedHashSet<>(before);
        names.addAll(fresh);
        return names;
    }
}
