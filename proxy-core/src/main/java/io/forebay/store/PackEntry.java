package io.forebay.store;

import io.forebay.model.Digest;
import java.util.List;
import java.util.Optional;

/**
 * The place of one record in a pack.
 *
 * @param offset of the record's header in the file
 * @param noteLength bytes of the note, which follows the header
 * @param bodyLength bytes of the blob: they follow the note in a {@code BODY} record and lie elsewhere otherwise
 */
record PackEntry(Type type, Digest digest, long offset, int noteLength, long bodyLength) {
    /** What a record says. */
    enum Type {
        /** Here is a blob and its note. */
        BODY(1),
        /** There is a blob with a file of its own; here is its note. */
        LARGE(2),
        /** Here is a further note of a blob. */
        NOTE(3),
        /** The blob is gone, with every note of it that was written before. */
        TOMBSTONE(4);

        private static final List<Type> TYPES = List.of(values());

        private final int code;

        Type(int code) {
            this.code = code;
        }

        /** How it is written in files. */
        int code() {
            return code;
        }

        static Optional<Type> of(int code) {
            return code >= 1 && code <= TYPES.size() ? Optional.of(TYPES.get(code - 1)) : Optional.empty();
        }
    }

    /** Bytes of the note and of the body in the record. */
    long payload() {
        return noteLength + (type == Type.BODY ? bodyLength : 0);
    }

    /** Bytes of the whole record. */
    long length() {
        return PackFormat.RECORD_HEADER + payload();
    }

    long end() {
        return offset + length();
    }

    long notePosition() {
        return offset + PackFormat.RECORD_HEADER;
    }

    long bodyPosition() {
        return notePosition() + noteLength;
    }
}
