package io.forebay.load.origin;

/** Something that the origin has. */
record Resource(Kind kind, String mediaType, Body body) {
    /** What a count is kept for. */
    enum Kind {
        INDEX,
        PAGE,
        METADATA,
        FILE
    }
}
