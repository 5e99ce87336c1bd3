package io.forebay.store;

/** Where the bytes of a blob lie. */
sealed interface Location {
    /** Length of the blob in bytes; {@link #UNKNOWN} of a file that no record tells of, until it is opened. */
    long size();

    long UNKNOWN = -1;

    /**
     * A file of its own; {@code pack} and {@code recordBytes} tell of the record that goes with it, 0 when there is none.
     * Checked: its bytes were seen to hash to its name since the start, or they were written since.
     */
    record Large(long size, int pack, long recordBytes, boolean checked) implements Location {
        Large withSize(long found) {
            return new Large(found, pack, recordBytes, checked);
        }

        Large seenSound() {
            return new Large(size, pack, recordBytes, true);
        }
    }

    /**
     * A body in a pack. Compared by identity: a new place is a new object. Checked: its checksum was seen to be right since the
     * start, or it was written since.
     */
    final class Packed implements Location {
        private final Pack pack;
        private final PackEntry entry;
        private volatile boolean checked;

        Packed(Pack pack, PackEntry entry, boolean checked) {
            this.pack = pack;
            this.entry = entry;
            this.checked = checked;
        }

        Pack pack() {
            return pack;
        }

        PackEntry entry() {
            return entry;
        }

        boolean isChecked() {
            return checked;
        }

        void setChecked() {
            checked = true;
        }

        @Override
        public long size() {
            return entry.bodyLength();
        }
    }
}
