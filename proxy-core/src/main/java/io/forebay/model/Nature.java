package io.forebay.model;

/** How a resource lives. */
public enum Nature {
    /** A file that never changes under its name: fresh for ever once verified. */
    ARTIFACT,
    /** A page that changes: fresh for a time, then revalidated; every revision is kept. */
    INDEX
}
