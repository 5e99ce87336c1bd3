package io.forebay.app;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again while the server runs. The log's level and format are put in force; every other key that has
 * changed is named as one that waits for a restart. A configuration with a mistake changes nothing.
 *
 * <p>Threads: one call at a time.
 */
final class Reload implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);
    private static final Set<String> LIVE = Set.of(Keys.LOG_LEVEL.pattern(), Keys.LOG_FORMAT.pattern());

    private final Supplier<ConfigurationReader.Read> reader;
    private final Consumer<Configuration.Log> log;
    private final Map<String, String> inForce;

    /** @param log puts a changed log in force */
    Reload(Configuration inForce, Supplier<ConfigurationReader.Read> reader, Consumer<Configuration.Log> log) {
        this.reader = reader;
        this.log = log;
        this.inForce = values(inForce);
    }

    @Override
    public synchronized void run() {
        try {
            ConfigurationReader.Read read = reader.get();
            read.warnings().forEach(LOG::warn);
            apply(read.configuration());
        } catch (StartFailure e) {
            LOG.error("Reload: nothing is changed: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("Reload: nothing is changed", e);
        }
    }

    private void apply(Configuration fresh) {
        Map<String, String> values = values(fresh);
        Set<String> changed = new TreeSet<>(values.keySet());
        changed.addAll(inForce.keySet());
        changed.removeIf(key -> String.valueOf(values.get(key)).equals(String.valueOf(inForce.get(key))));
        boolean live = changed.removeIf(LIVE::contains);
        if (live) {
            log.accept(fresh.log());
            LIVE.forEach(key -> inForce.put(key, String.valueOf(values.get(key))));
            LOG.info(
                    "Reload: the log is at level {} in format {}",
                    fresh.log().level(),
                    fresh.log().format());
        }
        changed.forEach(key -> LOG.warn("Reload: {} has changed and takes effect at the next start", key));
        if (!live && changed.isEmpty()) {
            LOG.info("Reload: the configuration has not changed");
        }
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
