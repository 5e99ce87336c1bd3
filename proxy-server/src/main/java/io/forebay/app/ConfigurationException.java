package io.forebay.app;

/** What is wrong with the configuration and where: {@code forebay.toml:12: cache.memory: ...}. */
final class ConfigurationException extends WrongUse {
    private static final long serialVersionUID = 1L;

    /** @param where file and line, environment variable or option; what the person has to change */
    ConfigurationException(String where, String problem) {
        super(where + ": " + problem);
    }
}
