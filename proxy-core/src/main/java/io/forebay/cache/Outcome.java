package io.forebay.cache;

import io.forebay.catalog.Entry;

/** How a flight ended, when it did not fail. */
sealed interface Outcome {
    /** The bytes are in the store; the row is not in the catalog yet. */
    record Stored(Entry entry) implements Outcome {}

    /** The origin says that what is held is current. */
    record Unchanged(Entry held) implements Outcome {}

    /** Every client had its bytes, but they were not stored: the disk failed or nothing vouches for their length. */
    record PassedThrough() implements Outcome {}
}
