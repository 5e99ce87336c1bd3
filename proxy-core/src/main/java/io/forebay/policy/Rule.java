package io.forebay.policy;

import io.forebay.model.ForebayException;
import io.forebay.model.PackageId;

/**
 * One rule of an {@link AccessPolicy}.
 *
 * <p>In a glob {@code *} stands for any text and {@code ?} for any one character; everything else for itself, in its case.
 * A package glob of Python is written in the normalised form of names (lower case, single hyphens), because that is what
 * requests are compared in; another spelling would never match and is an {@link IllegalArgumentException}.
 *
 * @param name what a refusal calls the rule
 * @param ecosystem {@code r}, {@code python}, or {@code *} for every one
 * @param packageGlob names it is about
 * @param versionGlob versions it is about
 * @param reason told to whoever is refused
 */
public record Rule(
        String name, String ecosystem, String packageGlob, String versionGlob, Action action, String reason) {
    /** What a rule that matches does. */
    public enum Action {
        ALLOW,
        BLOCK
    }

    public Rule {
        if (name.isBlank() || ecosystem.isEmpty() || packageGlob.isEmpty() || versionGlob.isEmpty()) {
            throw new IllegalArgumentException(
                    "rule '" + name + "' needs a name, an ecosystem, a package and a version");
        }
        if (ecosystem.equals("python") && !isNormalised(packageGlob)) {
            throw new IllegalArgumentException("rule '" + name + "': write the package '" + packageGlob
                    + "' in lower case with single hyphens, as Python names are compared");
        }
    }

    /** The answer to a request that this rule blocks. */
    public ForebayException refusal(PackageId id) {
        String what = id.version().map(version -> id.name() + " " + version).orElse(id.name());
        String why = reason.isBlank() ? "" : ": " + reason;
        return new ForebayException(
                ForebayException.Kind.FORBIDDEN, what + " is blocked by the rule '" + name + "'" + why);
    }

    boolean isAbout(PackageId id) {
        return (ecosystem.equals(Glob.ANY) || ecosystem.equals(id.ecosystem())) && Glob.matches(packageGlob, id.name());
    }

    boolean isAboutVersion(String version) {
        return Glob.matches(versionGlob, version);
    }

    boolean isAboutEveryVersion() {
        return versionGlob.equals(Glob.ANY);
    }

    private static boolean isNormalised(String glob) {
        for (int i = 0; i < glob.length(); i++) {
            char c = glob.charAt(i);
            if (Character.isUpperCase(c) || c == '_' || c == '.' || (c == '-' && glob.startsWith("--", i))) {
                return false;
            }
        }
        return true;
    }
}
