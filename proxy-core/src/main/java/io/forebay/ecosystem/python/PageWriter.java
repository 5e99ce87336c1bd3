package io.forebay.ecosystem.python;

import java.util.Optional;
import java.util.Set;

/** Writes a page in one form. One writer serves one page and one thread. */
interface PageWriter {
    /** A file that may be shown. */
    void file(ShownFile file);

    /** A member of a JSON page other than {@code files}; writers that make their own from the head do not care. */
    default void member(String name, int start, int end) {}

    /**
     * Ends the page.
     *
     * @param versions equality keys of the versions that still have a file; empty when no file was left out
     */
    byte[] finish(PageHead head, Optional<Set<String>> versions);
}
