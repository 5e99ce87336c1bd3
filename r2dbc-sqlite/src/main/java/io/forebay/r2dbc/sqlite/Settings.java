package io.forebay.r2dbc.sqlite;

import io.r2dbc.spi.ConnectionFactoryOptions;
import io.r2dbc.spi.Option;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * How a connection is opened: the options of {@link SqliteConnectionFactoryProvider}, read and checked.
 *
 * @param file path of the file; empty for a database in memory
 */
record Settings(
        Optional<String> file,
        Duration busyTimeout,
        Duration statementTimeout,
        Optional<String> journalMode,
        Optional<String> synchronous,
        boolean readOnly,
        boolean foreignKeys,
        Optional<Integer> cacheSize) {
    static final Duration DEFAULT_BUSY_TIMEOUT = Duration.ofSeconds(5);

    private static final String MEMORY = ":memory:";
    private static final Set<String> JOURNAL_MODES = Set.of("DELETE", "TRUNCATE", "PERSIST", "MEMORY", "WAL", "OFF");
    private static final Set<String> SYNCHRONOUS = Set.of("OFF", "NORMAL", "FULL", "EXTRA");

    static Settings of(ConnectionFactoryOptions options) {
        return new Settings(
                file(options),
                duration(options, SqliteConnectionFactoryProvider.BUSY_TIMEOUT)
                        .or(() -> duration(options, ConnectionFactoryOptions.LOCK_WAIT_TIMEOUT))
                        .orElse(DEFAULT_BUSY_TIMEOUT),
                duration(options, ConnectionFactoryOptions.STATEMENT_TIMEOUT).orElse(Duration.ZERO),
                word(options, SqliteConnectionFactoryProvider.JOURNAL_MODE, JOURNAL_MODES),
                word(options, SqliteConnectionFactoryProvider.SYNCHRONOUS, SYNCHRONOUS),
                flag(options, SqliteConnectionFactoryProvider.READ_ONLY, false),
                flag(options, SqliteConnectionFactoryProvider.FOREIGN_KEYS, true),
                number(options, SqliteConnectionFactoryProvider.CACHE_SIZE));
    }

    private static Optional<String> file(ConnectionFactoryOptions options) {
        String path = text(options, SqliteConnectionFactoryProvider.FILE)
                .or(() -> text(options, ConnectionFactoryOptions.DATABASE).map(name -> located(options, name)))
                .orElseThrow(() -> new IllegalArgumentException("the URL names no database file"));
        if (path.equals(MEMORY)) {
            return Optional.empty();
        }
        if (path.indexOf('?') >= 0 || path.startsWith("file:") || path.startsWith(":")) {
            throw new IllegalArgumentException("a database file's path may hold no '?' and no prefix");
        }
        return Optional.of(path);
    }

    /** The SPI cuts the slash off a URL's path; a host of "." stands for the working directory. */
    private static String located(ConnectionFactoryOptions options, String name) {
        boolean complete = name.equals(MEMORY) || name.startsWith("/") || name.matches("[A-Za-z]:[/\\\\].*");
        Optional<String> host = text(options, ConnectionFactoryOptions.HOST).filter(text -> !text.isEmpty());
        if (host.isEmpty()) {
            return complete ? name : "/" + name;
        }
        if (!host.get().equals(".") || complete) {
            throw new IllegalArgumentException("a SQLite URL has no host: write r2dbc:sqlite:///path/file.db");
        }
        return name;
    }

    private static Optional<Duration> duration(ConnectionFactoryOptions options, Option<Duration> option) {
        return value(options, option).map(value -> {
            Duration duration = value instanceof Duration given ? given : duration(option, value.toString());
            if (duration.isNegative()) {
                throw wrong(option, value);
            }
            return duration;
        });
    }

    private static Duration duration(Option<?> option, String text) {
        try {
            return text.matches("\\d{1,12}") ? Duration.ofMillis(Long.parseLong(text)) : Duration.parse(text);
        } catch (DateTimeParseException e) {
            throw wrong(option, text);
        }
    }

    private static Optional<String> word(ConnectionFactoryOptions options, Option<String> option, Set<String> words) {
        return text(options, option).map(text -> {
            String word = text.toUpperCase(Locale.ROOT);
            if (!words.contains(word)) {
                throw wrong(option, text);
            }
            return word;
        });
    }

    private static boolean flag(ConnectionFactoryOptions options, Option<Boolean> option, boolean otherwise) {
        return text(options, option)
                .map(text -> {
                    if (!text.equalsIgnoreCase("true") && !text.equalsIgnoreCase("false")) {
                        throw wrong(option, text);
                    }
                    return text.equalsIgnoreCase("true");
                })
                .orElse(otherwise);
    }

    private static Optional<Integer> number(ConnectionFactoryOptions options, Option<Integer> option) {
        return text(options, option).map(text -> {
            try {
                return Integer.valueOf(text);
            } catch (NumberFormatException e) {
                throw wrong(option, text);
            }
        });
    }

    private static Optional<String> text(ConnectionFactoryOptions options, Option<?> option) {
        return value(options, option).map(Object::toString);
    }

    /** The value under the option's name or under the same name in kebab case. */
    private static Optional<Object> value(ConnectionFactoryOptions options, Option<?> option) {
        Object value = options.getValue(option);
        if (value != null) {
            return Optional.of(value);
        }
        String kebab = option.name().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        return Optional.ofNullable(options.getValue(Option.valueOf(kebab)));
    }

    private static IllegalArgumentException wrong(Option<?> option, Object value) {
        return new IllegalArgumentException("option " + option.name() + " cannot be '" + value + "'");
    }
}
