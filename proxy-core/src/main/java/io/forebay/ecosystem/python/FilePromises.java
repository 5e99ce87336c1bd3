package io.forebay.ecosystem.python;

import io.forebay.model.Algorithm;
import io.forebay.model.Checksum;
import io.forebay.model.Expectation;
import io.forebay.model.Listing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What a project's page promises of its files. All of it is in two arrays: a large project has tens of thousands of files, whose names
 * and checksums would be some hundred thousand objects for the garbage collector to walk and move.
 *
 * <p>A record is the length of the name, the name in UTF-8, the size or {@link #NO_SIZE}, the number of checksums, and of each its
 * algorithm and hexadecimal digits. Records are found by open addressing with linear probing (Knuth, TAOCP 3, 6.4, algorithm L).
 */
final class FilePromises implements Listing {
    private static final long NO_SIZE = -1;
    private static final List<Algorithm> ALGORITHMS = List.of(Algorithm.values());

    private final Records records;

    private FilePromises(Records records) {
        this.records = records;
    }

    /** The page is the project's own. */
    @Override
    public boolean owns(String packageName) {
        return true;
    }

    @Override
    public Optional<Expectation> expectation(String file) {
        byte[] name = utf8(file);
        int at = records.find(name);
        return at < 0
                ? Optional.empty()
                : Optional.of(read(records.bytes.duplicate(), at + Integer.BYTES + name.length));
    }

    @Override
    public long weight() {
        return 100L + records.bytes.capacity() + (long) records.slots.length * Long.BYTES;
    }

    private static Expectation read(ByteBuffer from, int at) {
        from.position(at);
        long size = from.getLong();
        int count = from.getInt();
        List<Checksum> checksums = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Algorithm algorithm = ALGORITHMS.get(from.get());
            byte[] value = new byte[algorithm.hexLength()];
            from.get(value);
            checksums.add(new Checksum(algorithm, new String(value, StandardCharsets.US_ASCII)));
        }
        return new Expectation(checksums, size == NO_SIZE ? OptionalLong.empty() : OptionalLong.of(size));
    }

    private static byte[] utf8(String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    /** Collects what is promised. For one thread, and for one listing. */
    static final class Builder {
        private final Records records;

        /** @param bytesExpected of all records together, roughly: what grows is copied */
        Builder(int bytesExpected) {
            records = new Records(bytesExpected);
        }

        /** The first promise of a file holds; one of nothing is none. */
        void add(String name, Expectation expectation) {
            if (!expectation.isNone()) {
                records.add(utf8(name), expectation);
            }
        }

        FilePromises build() {
            records.trim();
            return new FilePromises(records);
        }
    }

    private static final class Records {
        private static final int SLOTS_AT_FIRST = 32;
        private static final long MULTIPLIER = 0x9e3779b97f4a7c15L;

        /** Names are others' to choose; a number that they cannot know keeps them from choosing those that meet in one slot. */
        private final long seed = ThreadLocalRandom.current().nextLong();

        private ByteBuffer bytes;
        /** Half of a name's hash above the index of its record plus one; nought where none is. Twice as many as records at least. */
        private long[] slots = new long[SLOTS_AT_FIRST];

        private int count;

        Records(int bytesExpected) {
            bytes = ByteBuffer.allocate(bytesExpected);
        }

        /** Index of the record of that name, or a negative number. */
        int find(byte[] name) {
            return record(slots[slot(name, hash(name))]);
        }

        void add(byte[] name, Expectation expectation) {
            long hash = hash(name);
            int slot = slot(name, hash);
            if (slots[slot] != 0) {
                return;
            }
            slots[slot] = upper(hash) | (bytes.position() + 1);
            reserve(Integer.BYTES + name.length + Long.BYTES + Integer.BYTES + length(expectation.checksums()));
            bytes.putInt(name.length).put(name).putLong(expectation.size().orElse(NO_SIZE));
            bytes.putInt(expectation.checksums().size());
            for (Checksum checksum : expectation.checksums()) {
                bytes.put((byte) ALGORITHMS.indexOf(checksum.algorithm()));
                bytes.put(checksum.hex().getBytes(StandardCharsets.US_ASCII));
            }
            count++;
            if (count * 2 > slots.length) {
                spread();
            }
        }

        void trim() {
            ByteBuffer trimmed = ByteBuffer.allocate(bytes.position());
            bytes = trimmed.put(bytes.flip());
        }

        private static int length(List<Checksum> checksums) {
            int length = 0;
            for (Checksum checksum : checksums) {
                length += 1 + checksum.algorithm().hexLength();
            }
            return length;
        }

        private void reserve(int more) {
            if (bytes.remaining() < more) {
                int wanted = Math.addExact(bytes.position(), more);
                ByteBuffer larger = ByteBuffer.allocate(Math.multiplyExact(wanted, 2));
                bytes = larger.put(bytes.flip());
            }
        }

        private void spread() {
            long[] crowded = slots;
            slots = new long[crowded.length * 2];
            for (long taken : crowded) {
                if (taken != 0) {
                    int slot = first(taken);
                    while (slots[slot] != 0) {
                        slot = next(slot);
                    }
                    slots[slot] = taken;
                }
            }
        }

        /** The slot of that name, or the empty one where it would be. */
        private int slot(byte[] name, long hash) {
            int slot = first(hash);
            while (slots[slot] != 0 && !(upper(slots[slot]) == upper(hash) && isNamed(record(slots[slot]), name))) {
                slot = next(slot);
            }
            return slot;
        }

        private int first(long hash) {
            return (int) (hash >>> Integer.SIZE) & (slots.length - 1);
        }

        private int next(int slot) {
            return (slot + 1) & (slots.length - 1);
        }

        private static long upper(long hash) {
            return hash >>> Integer.SIZE << Integer.SIZE;
        }

        private static int record(long taken) {
            return (int) taken - 1;
        }

        private boolean isNamed(int record, byte[] name) {
            return bytes.getInt(record) == name.length
                    && ByteBuffer.wrap(name).equals(bytes.slice(record + Integer.BYTES, name.length));
        }

        private long hash(byte[] name) {
            ByteBuffer from = ByteBuffer.wrap(name);
            long hash = mixed(seed ^ name.length);
            while (from.remaining() >= Long.BYTES) {
                hash = mixed(hash ^ from.getLong());
            }
            while (from.hasRemaining()) {
                hash = mixed(hash ^ from.get());
            }
            return hash;
        }

        private static long mixed(long value) {
            return (value * MULTIPLIER) ^ Math.multiplyHigh(value, MULTIPLIER);
        }
    }
}
