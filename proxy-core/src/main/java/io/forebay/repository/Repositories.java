package io.forebay.repository;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The repositories by name, in the order they were declared. They change all at once, when the configuration is read again.
 * Safe for use by many threads.
 */
public final class Repositories {
    private volatile Map<String, Repository> byName;

    public Repositories(List<Repository> repositories) {
        byName = named(repositories);
    }

    /** Puts other repositories in the place of all. */
    public void replace(List<Repository> repositories) {
        byName = named(repositories);
    }

    private static Map<String, Repository> named(List<Repository> repositories) {
        Map<String, Repository> named = new LinkedHashMap<>();
        for (Repository repository : repositories) {
            if (named.put(repository.name(), repository) != null) {
                throw new IllegalArgumentException("two repositories are named " + repository.name());
            }
        }
        return named;
    }

    public Optional<Repository> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    public Collection<Repository> all() {
        return byName.values().stream().toList();
    }
}
