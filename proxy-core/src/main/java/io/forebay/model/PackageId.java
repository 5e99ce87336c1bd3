package io.forebay.model;

import java.util.Optional;

/**
 * A package, or one version of it, as policy and usage counts name it.
 *
 * @param ecosystem {@code r} or {@code python}
 * @param name normalised by the ecosystem's own rule
 * @param version empty when the whole package is meant
 */
public record PackageId(String ecosystem, String name, Optional<String> version) {
    public static PackageId of(String ecosystem, String name) {
        return new PackageId(ecosystem, name, Optional.empty());
    }

    public static PackageId of(String ecosystem, String name, String version) {
        return new PackageId(ecosystem, name, Optional.of(version));
    }

    @Override
    public String toString() {
        return ecosystem + ":" + name + version.map(v -> " " + v).orElse("");
    }
}
