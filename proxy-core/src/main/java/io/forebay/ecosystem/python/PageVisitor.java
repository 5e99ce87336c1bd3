package io.forebay.ecosystem.python;

/** Takes what a page says, in the order in which the page says it. */
interface PageVisitor {
    /** A file. */
    void file(PageFile file);

    /** A member of a JSON page other than {@code files}: {@code start} to {@code end} is its value. */
    default void member(String name, int start, int end) {}
}
