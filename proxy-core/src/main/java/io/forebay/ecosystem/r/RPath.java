package io.forebay.ecosystem.r;

import io.forebay.model.PackageId;
import io.forebay.model.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a path within an R repository names. CRAN and Bioconductor are many repositories of one layout: the tree's root is
 * the directory whose PACKAGES lists its files, wherever above it the path began.
 *
 * @param segments percent-decoded
 * @param directory whether the path ended in a slash
 * @param tree which kind of tree the path lies in, if in any
 * @param depth how many segments the tree's root has
 */
record RPath(List<String> segments, boolean directory, Optional<Tree> tree, int depth) {
    private static final String ARCHIVE = "Archive";

    RPath {
        segments = List.copyOf(segments);
    }

    static RPath of(Target target) {
        return of(target.segments(), target.directory());
    }

    private static RPath of(List<String> segments, boolean directory) {
        for (int i = 0; i + 1 < segments.size(); i++) {
            Optional<Tree> binary = segments.get(i).equals("bin") ? binaryTree(segments.get(i + 1)) : Optional.empty();
            int contrib = binary.isPresent() ? indexOf(segments, "contrib", i + 2) : -1;
            if (contrib >= 0) {
                boolean versioned = !segments.get(contrib - 1).equals("src") && contrib + 2 < segments.size();
                return new RPath(segments, directory, binary, versioned ? contrib + 2 : contrib + 1);
            }
            if (segments.get(i).equals("src") && segments.get(i + 1).equals("contrib")) {
                return new RPath(segments, directory, Optional.of(Tree.SOURCE), i + 2);
            }
        }
        return new RPath(segments, directory, Optional.empty(), 0);
    }

    private static Optional<Tree> binaryTree(String platform) {
        if (platform.startsWith("windows")) {
            return Optional.of(Tree.WINDOWS);
        }
        if (platform.startsWith("macosx")) {
            return Optional.of(Tree.MACOS);
        }
        return platform.equals("linux") ? Optional.of(Tree.LINUX) : Optional.empty();
    }

    private static int indexOf(List<String> segments, String wanted, int from) {
        int found = segments.subList(from, segments.size()).indexOf(wanted);
        return found < 0 ? -1 : from + found;
    }

    /** The path below the tree's root. */
    private List<String> rest() {
        return segments.subList(depth, segments.size());
    }

    private Optional<String> last() {
        return segments.isEmpty() ? Optional.empty() : Optional.of(segments.get(segments.size() - 1));
    }

    /** Which form of an index this is, if it is one. */
    Optional<PackagesForm> form() {
        boolean below = tree.isPresent() && segments.size() > depth && !directory;
        return below ? last().flatMap(PackagesForm::ofFile) : Optional.empty();
    }

    /** The same index in another form. */
    RPath withForm(PackagesForm other) {
        return sibling(segments.subList(0, segments.size() - 1), List.of(other.file()));
    }

    /**
     * The package file that this path names.
     *
     * @throws io.forebay.model.ForebayException of kind {@code BAD_REQUEST} when it would be one but for an illegal name
     */
    Optional<PackageFile> packageFile() {
        Optional<PackageFile> file = shapedFile();
        return file.map(PackageFile::requireLegalName).filter(PackageFile::hasLegalVersion);
    }

    private Optional<PackageFile> shapedFile() {
        boolean below = tree.isPresent() && segments.size() > depth && !directory;
        return below ? last().flatMap(PackageFile::ofFile) : Optional.empty();
    }

    /** The index that lists the file of this path. */
    RPath index(PackagesForm form) {
        return sibling(segments.subList(0, depth), List.of(form.file()));
    }

    /**
     * Where the file lies in the tree that is published, whether it is in the archive by now or not. Only files directly in
     * {@code src/contrib} move there; those in directories below it have no second place.
     */
    RPath current() {
        return tree.equals(Optional.of(Tree.SOURCE)) && archived()
                ? sibling(segments.subList(0, depth), List.of(last().orElseThrow()))
                : this;
    }

    /** Where the file can be: as asked first. */
    List<RPath> places() {
        if (!tree.equals(Optional.of(Tree.SOURCE))) {
            return List.of(this);
        }
        if (archived()) {
            return List.of(this, current());
        }
        Optional<PackageFile> file = rest().size() == 1 ? shapedFile() : Optional.empty();
        return file.map(moved -> List.of(
                        this,
                        sibling(
                                segments.subList(0, depth),
                                List.of(ARCHIVE, moved.packageName(), last().orElseThrow()))))
                .orElse(List.of(this));
    }

    private boolean archived() {
        List<String> rest = rest();
        return rest.size() == 3
                && rest.get(0).equals(ARCHIVE)
                && shapedFile()
                        .map(file -> file.packageName().equals(rest.get(1)))
                        .orElse(false);
    }

    /** The path below the tree's root, as the index' fields {@code Path} and {@code File} spell it. */
    String listedFile() {
        return String.join("/", rest());
    }

    /**
     * The package that policy is asked about: by the file's name wherever it lies, or by the directory's. What only begins as
     * a package file does (a signature, another compression) belongs to the package too.
     */
    Optional<PackageId> subject() {
        Optional<PackageId> byFile = last().flatMap(PackageFile::ofFile)
                .filter(PackageFile::hasLegalName)
                .map(PackageFile::id);
        return byFile.or(() -> prefix().or(this::directoryName).map(name -> PackageId.of(REcosystem.NAME, name)));
    }

    private Optional<String> prefix() {
        return last().filter(file -> tree.isPresent() && file.indexOf('_') > 0)
                .map(file -> file.substring(0, file.indexOf('_')))
                .filter(PackageFile::isPackageName);
    }

    /** The package whose directory in the archive, or whose page, this is or lies in. */
    private Optional<String> directoryName() {
        List<String> below = List.of();
        if (tree.isPresent() && rest().size() >= 2 && rest().get(0).equals(ARCHIVE)) {
            below = rest().subList(1, rest().size());
        } else if (segments.size() >= 3
                && segments.get(0).equals("web")
                && segments.get(1).equals("packages")) {
            below = segments.subList(2, segments.size());
        } else if (segments.size() == 1 && segments.get(0).startsWith("package=")) {
            return Optional.of(segments.get(0).substring("package=".length())).filter(PackageFile::isPackageName);
        }
        boolean isDirectory = below.size() > 1 || (below.size() == 1 && (directory || !looksLikeFile(below.get(0))));
        return isDirectory ? Optional.of(below.get(0)).filter(PackageFile::isPackageName) : Optional.empty();
    }

    /** Package names may have dots, so only what CRAN's own pages end in tells a file from a directory without a slash. */
    private static boolean looksLikeFile(String segment) {
        return List.of(".html", ".rds", ".json", ".csv", ".xml", ".css", ".js", ".txt", ".gz").stream()
                .anyMatch(segment::endsWith);
    }

    private RPath sibling(List<String> parent, List<String> below) {
        List<String> joined = new ArrayList<>(parent);
        joined.addAll(below);
        return new RPath(joined, false, tree, depth);
    }
}
