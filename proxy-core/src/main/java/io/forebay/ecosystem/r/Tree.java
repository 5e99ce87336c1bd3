package io.forebay.ecosystem.r;

/** The kinds of directory trees in which R repositories keep package files. */
enum Tree {
    SOURCE("tar.gz"),
    WINDOWS("zip"),
    MACOS("tgz"),
    /** Binaries for one Linux distribution: the file names are those of source packages. */
    LINUX("tar.gz");

    private final String extension;

    Tree(String extension) {
        this.extension = extension;
    }

    /** What the tree's package files end in, without the leading dot. */
    String extension() {
        return extension;
    }
}
