package io.forebay.repository;

import io.forebay.ecosystem.Ecosystem;
import io.forebay.model.Plan;
import io.forebay.model.Source;
import io.forebay.model.Target;
import java.util.List;

/**
 * What clients point at: a name, an ecosystem, and the sources it subscribes to in order of priority. Immutable, safe for use by
 * many threads.
 */
public record Repository(String name, String description, Ecosystem ecosystem, List<Source> sources) {
    public Repository {
        sources = List.copyOf(sources);
        if (sources.isEmpty()) {
            throw new IllegalArgumentException("repository " + name + " has no source");
        }
    }

    /**
     * Plans a request to this repository.
     *
     * @throws io.forebay.model.ForebayException as {@link Ecosystem#plan} does
     */
    public Plan plan(Target target) {
        return ecosystem.plan(target, sources);
    }
}
