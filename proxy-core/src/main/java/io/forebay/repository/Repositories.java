package io.forebay.repository;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.forebay.model.Plan;
import io.forebay.model.Target;
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
    /** Requests whose plans are kept: what is asked for again and again. A plan takes some KiB. */
    private static final int PLANS_MAX = 2_000;

    /** A plan follows from a target and the sources alone, so it lasts as long as they do. */
    private record Declared(Map<String, Repository> byName, Cache<Target, Plan> plans) {
        Declared(List<Repository> repositories) {
            this(
                    named(repositories),
                    Caffeine.newBuilder()
                            .maximumSize(PLANS_MAX)
                            .executor(Runnable::run)
                            .build());
        }
    }

    private volatile Declared declared;

    public Repositories(List<Repository> repositories) {
        declared = new Declared(repositories);
    }

    /** Puts other repositories in the place of all. */
    public void replace(List<Repository> repositories) {
        declared = new Declared(repositories);
    }

    /**
     * Plans a request to a repository.
     *
     * @param repository as {@link #find} gave it; it may have been replaced since
     * @throws io.forebay.model.ForebayException as {@link Repository#plan} does
     */
    public Plan plan(Repository repository, Target target) {
        Declared now = declared;
        return repository.equals(now.byName().get(repository.name()))
                ? now.plans().get(target, repository::plan)
                : repository.plan(target);
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
        return Optional.ofNullable(declared.byName().get(name));
    }

    public Collection<Repository> all() {
        return declared.byName().values().stream().toList();
    }
}
