package io.forebay.ecosystem.python;

import io.forebay.model.PackageId;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the name of a distribution file tells: wheels by PEP 427, source distributions by PEP 625 and as they were named
 * before it, eggs, and what the old {@code bdist_*} commands wrote.
 *
 * @param project normalised
 * @param version normalised where PEP 440 knows it, else as written
 */
record FileName(String project, String version, boolean wheel) {
    /** Names are cut out of URLs that others wrote; longer ones tell nothing. */
    private static final int LENGTH_MAX = 512;

    private static final List<String> ARCHIVES = List.of(
            ".tar.gz", ".zip", ".exe", ".msi", ".dmg", ".tgz", ".tar.bz2", ".tar.xz", ".tar.lz", ".tar.z", ".tar");

    /** Platform that {@code bdist_dumb}, {@code bdist_wininst} and {@code bdist_msi} put behind the version. */
    private static final Pattern PLATFORM =
            Pattern.compile("\\.(?:linux|macosx|win32|win|cygwin|freebsd|solaris)(?:-[A-Za-z0-9._-]+)?$");

    private static final Pattern RPM =
            Pattern.compile("(?<stem>.+)-[0-9][A-Za-z0-9.]*\\.(?:noarch|src|x86_64|i[3-6]86|aarch64)\\.rpm");

    /** Where a legacy version begins that PEP 440 does not know. */
    private static final Pattern LEGACY = Pattern.compile("(?<name>.+?)-(?<version>[0-9].*)");

    static Optional<FileName> parse(String name) {
        if (name.length() > LENGTH_MAX) {
            return Optional.empty();
        }
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.endsWith(".whl")) {
            return wheel(stem(name, ".whl"));
        }
        if (lower.endsWith(".egg")) {
            return egg(stem(name, ".egg"));
        }
        if (lower.endsWith(".rpm")) {
            Matcher rpm = RPM.matcher(name);
            return rpm.matches() ? source(rpm.group("stem")) : Optional.empty();
        }
        for (String end : ARCHIVES) {
            if (lower.endsWith(end)) {
                return source(stem(name, end));
            }
        }
        return Optional.empty();
    }

    /** The version in the name of a file of a project that is known: a hyphen more in its name does not mislead then. */
    static Optional<String> versionOf(String name, String project) {
        Optional<FileName> guess = parse(name);
        if (guess.isEmpty() || guess.get().project.equals(project) || guess.get().wheel) {
            return guess.map(FileName::version);
        }
        for (int hyphen = name.indexOf('-'); hyphen > 0; hyphen = name.indexOf('-', hyphen + 1)) {
            if (ProjectName.normalise(name.substring(0, hyphen)).equals(project)) {
                return parse("x" + name.substring(hyphen)).map(FileName::version);
            }
        }
        return guess.map(FileName::version);
    }

    PackageId id() {
        return PackageId.of(PythonEcosystem.NAME, project, version);
    }

    private static String stem(String name, String end) {
        return name.substring(0, name.length() - end.length());
    }

    private static Optional<FileName> wheel(String stem) {
        String[] parts = stem.split("-", -1);
        if (parts.length != 5 && parts.length != 6) {
            return Optional.empty();
        }
        for (String part : parts) {
            if (part.isEmpty()) {
                return Optional.empty();
            }
        }
        return of(parts[0], parts[1], true);
    }

    private static Optional<FileName> egg(String stem) {
        String[] parts = stem.split("-", -1);
        return parts.length < 2 ? Optional.empty() : of(parts[0], parts[1], false);
    }

    private static Optional<FileName> source(String stem) {
        Optional<FileName> modern = released(stem);
        if (modern.isPresent()) {
            return modern;
        }
        String built = PLATFORM.matcher(stem).replaceFirst("");
        Matcher legacy = LEGACY.matcher(built);
        return released(built)
                .or(() ->
                        legacy.matches() ? of(legacy.group("name"), legacy.group("version"), false) : Optional.empty());
    }

    /** The leftmost hyphen behind which a whole version stands: a version may hold a hyphen too. */
    private static Optional<FileName> released(String stem) {
        for (int hyphen = stem.indexOf('-'); hyphen > 0; hyphen = stem.indexOf('-', hyphen + 1)) {
            String version = stem.substring(hyphen + 1);
            if (VersionText.normalise(version).isPresent()) {
                return of(stem.substring(0, hyphen), version, false);
            }
        }
        return Optional.empty();
    }

    private static Optional<FileName> of(String project, String version, boolean wheel) {
        if (!ProjectName.isLegal(project) || version.isEmpty()) {
            return Optional.empty();
        }
        String normal = VersionText.normalise(version).orElse(version);
        return Optional.of(new FileName(ProjectName.normalise(project), normal, wheel));
    }
}
