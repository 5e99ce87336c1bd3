package io.forebay.ecosystem.r;

import io.forebay.model.Algorithm;
import io.forebay.model.Head;
import io.forebay.model.Listing;
import io.forebay.model.ListingReader;
import io.forebay.model.ResourceKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads of an index who owns which name, and the MD5 sums of the files.
 *
 * @param tree of the files; empty when the listing is read for its names only
 */
record PackagesListingReader(Optional<Tree> tree) implements ListingReader {
    private static final String NAME = "Package";
    private static final Set<String> FIELDS = Set.of(NAME, "Version", "File", "Path", "MD5sum");

    /** Names and checksums of the files of such a tree. */
    static PackagesListingReader of(Tree tree) {
        return new PackagesListingReader(Optional.of(tree));
    }

    /** Names only: the listing promises nothing of any file. */
    static PackagesListingReader namesOnly() {
        return new PackagesListingReader(Optional.empty());
    }

    @Override
    public String id() {
        return "r-packages-" + tree.map(Tree::extension).orElse("names");
    }

    @Override
    public Set<Algorithm> algorithms() {
        return tree.isPresent() ? Set.of(Algorithm.MD5) : Set.of();
    }

    @Override
    public Listing read(ResourceKey key, Head head, byte[] body) {
        Set<String> names = new HashSet<>();
        Map<String, String> sums = new HashMap<>();
        for (PackageRow row : PackagesReader.read(body, tree.isPresent() ? FIELDS::contains : NAME::equals)) {
            names.add(row.value(NAME).orElseThrow());
            row.value("MD5sum").filter(PackagesListing::isMd5).ifPresent(md5 -> file(row)
                    .ifPresent(file -> sums.merge(file, md5, PackagesListing::agreed)));
        }
        return new PackagesListing(names, sums);
    }

    private Optional<String> file(PackageRow row) {
        String directory = row.value("Path")
                .filter(path -> !path.isEmpty())
                .map(path -> path + "/")
                .orElse("");
        return tree.flatMap(kind -> row.value("File").or(() -> row.value("Version")
                        .map(version -> row.value(NAME).orElseThrow() + "_" + version + "." + kind.extension())))
                .map(file -> directory + file);
    }
}
