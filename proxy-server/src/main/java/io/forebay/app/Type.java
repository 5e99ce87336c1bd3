package io.forebay.app;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a key's value may be: from a TOML value to a typed one.
 *
 * @param form the TOML type the value is written in
 * @param reader takes a value of that form; says in an {@link IllegalArgumentException} what is wrong with it
 */
record Type<T>(Form form, Function<Object, T> reader) {
    /** The TOML types in use, each with the class that stands for it. */
    enum Form {
        TEXT(String.class, "a text in quotes"),
        NUMBER(Long.class, "a whole number"),
        FLAG(Boolean.class, "true or false"),
        LIST(List.class, "a list of texts");

        private final Class<?> values;
        private final String description;

        Form(Class<?> values, String description) {
            this.values = values;
            this.description = description;
        }
    }

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9}) ?(ms|s|m|h|d)");

    static final Type<String> TEXT = text(Function.identity());
    static final Type<Secret> SECRET = text(Secret::new);
    /** A URL with {@code {date}} in the place of a day. */
    static final Type<Optional<String>> OPTIONAL_DATED_URL =
            text(text -> present(text).map(Type::datedUrl));

    /** A URL that may hold a password: shown with that part masked. */
    static final Type<Secret> SECRET_IN_URL = text(Secret::new);

    static final Type<Path> PATH = text(Type::path);
    static final Type<Optional<Path>> OPTIONAL_PATH = text(text -> present(text).map(Type::path));
    static final Type<Optional<URI>> OPTIONAL_URL = text(text -> present(text).map(Type::url));
    static final Type<ListenAddress> LISTEN_ADDRESS = text(ListenAddress::parse);
    static final Type<Optional<ListenAddress>> OPTIONAL_LISTEN_ADDRESS =
            text(text -> present(text).map(ListenAddress::parse));
    static final Type<Duration> DURATION_WITH_UNIT = text(Type::duration);
    static final Type<ByteSize> BYTE_SIZE = text(ByteSize::parse);
    static final Type<Capacity> CAPACITY = text(Capacity::parse);
    static final Type<Integer> NUMBER = new Type<>(Form.NUMBER, Type::number);
    static final Type<Boolean> FLAG = new Type<>(Form.FLAG, Boolean.class::cast);
    static final Type<List<String>> TEXTS = new Type<>(Form.LIST, Type::texts);

    private static <T> Type<T> text(Function<String, T> reader) {
        return new Type<>(Form.TEXT, raw -> reader.apply(raw.toString()));
    }

    static Type<String> oneOf(String... choices) {
        return text(text -> {
            if (!Arrays.asList(choices).contains(text)) {
                throw new IllegalArgumentException("\"" + text + "\" is not one of " + String.join(", ", choices));
            }
            return text;
        });
    }

    /** @throws IllegalArgumentException when the value has the wrong form or says nothing of this type */
    T read(Object raw) {
        if (!form.values.isInstance(raw)) {
            throw new IllegalArgumentException("must be " + form.description);
        }
        return reader.apply(raw);
    }

    /** The TOML value that a text of the environment or the command line stands for. */
    Object fromText(String text) {
        return switch (form) {
            case TEXT -> text;
            case NUMBER -> text.strip().matches("-?\\d{1,18}") ? (Object) Long.valueOf(text.strip()) : text;
            case FLAG -> text.equals("true") || text.equals("false") ? (Object) Boolean.valueOf(text) : text;
            case LIST ->
                Arrays.stream(text.split(","))
                        .map(String::strip)
                        .filter(item -> !item.isEmpty())
                        .toList();
        };
    }

    private static Optional<String> present(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    private static Path path(String text) {
        try {
            if (text.isEmpty()) {
                throw new IllegalArgumentException("must not be empty");
            }
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("is not a path: " + e.getReason(), e);
        }
    }

    private static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a duration; write a whole number and one of ms, s, m, h, d, such as 10m");
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    private static int number(Object raw) {
        long number = (Long) raw;
        if (number != (int) number) {
            throw new IllegalArgumentException(number + " is out of range");
        }
        return (int) number;
    }

    private static List<String> texts(Object raw) {
        return ((List<?>) raw).stream().map(Type::item).toList();
    }

    private static String item(Object raw) {
        if (!(raw instanceof String text)) {
            throw new IllegalArgumentException("must be " + Form.LIST.description);
        }
        return text;
    }

    private static String datedUrl(String text) {
        if (!text.contains("{date}")) {
            throw new IllegalArgumentException("must contain {date}");
        }
        URI url = url(text.replace("{date}", "2000-01-01"));
        if (url.getRawUserInfo() != null || url.getRawAuthority().contains("2000-01-01")) {
            throw new IllegalArgumentException("must have {date} in its path, and no credentials");
        }
        return text;
    }

    /** An http or https URL without its trailing slash. Credentials in it are left for the record to refuse. */
    static URI url(String text) {
        URI url;
        try {
            url = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("is not a URL: " + e.getReason(), e);
        }
        if (!"http".equals(url.getScheme()) && !"https".equals(url.getScheme())) {
            throw new IllegalArgumentException("must begin with http:// or https://");
        }
        if (url.getHost() == null) {
            throw new IllegalArgumentException("has no host");
        }
        if (url.getRawQuery() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("must have neither a query nor a fragment");
        }
        return url;
    }
}
