package io.forebay.ecosystem.r;

import io.forebay.model.ForebayException;
import io.forebay.model.PackageId;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The file name of one version of a package: {@code <package>_<version>} and an extension, as in "Creating R packages" of
 * "Writing R Extensions".
 */
record PackageFile(String packageName, String version, String extension) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9.]*[A-Za-z0-9]");
    private static final Pattern VERSION = Pattern.compile("[0-9]+(?:[.-][0-9]+)+");

    static boolean isPackageName(String text) {
        return NAME.matcher(text).matches();
    }

    boolean hasLegalName() {
        return isPackageName(packageName);
    }

    boolean hasLegalVersion() {
        return VERSION.matcher(version).matches();
    }

    /** Splits a file name that has the shape of a package file; whether its name and version are legal is not asked. */
    static Optional<PackageFile> ofFile(String file) {
        int underscore = file.indexOf('_');
        if (underscore < 1) {
            return Optional.empty();
        }
        for (Tree tree : Tree.values()) {
            String ending = "." + tree.extension();
            int end = file.length() - ending.length();
            if (end > underscore + 1 && file.endsWith(ending)) {
                return Optional.of(new PackageFile(
                        file.substring(0, underscore), file.substring(underscore + 1, end), tree.extension()));
            }
        }
        return Optional.empty();
    }

    /** Fails with {@code BAD_REQUEST} when the package's name is none. */
    PackageFile requireLegalName() {
        if (!hasLegalName()) {
            throw ForebayException.badRequest("not a name of an R package: " + packageName);
        }
        return this;
    }

    /** A version that R would not accept names no version, yet the package is still subject to policy. */
    PackageId id() {
        return hasLegalVersion()
                ? PackageId.of(REcosystem.NAME, packageName, version)
                : PackageId.of(REcosystem.NAME, packageName);
    }

    String file() {
        return packageName + "_" + version + "." + extension;
    }
}
