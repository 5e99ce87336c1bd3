package io.forebay.admin;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Names of packages that can be searched by any part. Immutable, safe for use by many threads.
 *
 * <p>The names lie one behind the other in two arrays: as they are, and folded for comparing (lower case, {@code _} and
 * {@code .} as {@code -}). A search is one pass over the folded one, so it needs no further memory: 500,000 names take some
 * 20 MB, and a pass over them a few milliseconds.
 */
final class NameIndex {
    /** Keeps memory bounded whatever an origin lists; further names are not found. */
    static final int NAMES_MAX = 2_000_000;

    static final NameIndex EMPTY = of(Set.of(), Set.of());

    private static final int LENGTH_MAX = 200;
    private static final byte END = '\n';

    private final byte[] names;
    private final byte[] folded;
    /** Where each name begins, and where the last one has ended. */
    private final int[] starts;

    private final BitSet used;

    private NameIndex(byte[] names, int[] starts, BitSet used) {
        this.names = names;
        this.starts = starts;
        this.used = used;
        this.folded = new byte[names.length];
        for (int i = 0; i < names.length; i++) {
            folded[i] = fold(names[i]);
        }
    }

    /** @param used names that were downloaded here: they are found first */
    static NameIndex of(Collection<String> names, Set<String> used) {
        String[] sorted = names.stream()
                .filter(NameIndex::fits)
                .limit(NAMES_MAX)
                .distinct()
                .sorted()
                .toArray(String[]::new);
        int length = 0;
        for (String name : sorted) {
            length += name.length() + 1;
        }
        byte[] bytes = new byte[length];
        int[] starts = new int[sorted.length + 1];
        BitSet usedHere = new BitSet(sorted.length);
        int at = 0;
        for (int i = 0; i < sorted.length; i++) {
            starts[i] = at;
            byte[] name = sorted[i].getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(name, 0, bytes, at, name.length);
            at += name.length;
            bytes[at++] = END;
            usedHere.set(i, used.contains(sorted[i]));
        }
        starts[sorted.length] = at;
        return new NameIndex(bytes, starts, usedHere);
    }

    /** Names of packages are ASCII in every ecosystem; what is not was made to hurt. */
    private static boolean fits(String name) {
        return !name.isEmpty() && name.length() <= LENGTH_MAX && name.chars().allMatch(c -> c > ' ' && c < 0x7f);
    }

    int size() {
        return starts.length - 1;
    }

    /** Whether the name is there as it is spelled. */
    boolean contains(String name) {
        return search(name, 20).stream().anyMatch(found -> found.name().equals(name));
    }

    /**
     * Finds names that hold a text: the name itself first, then those that begin with it, then those with a word that does,
     * then the others; of each kind what is used here before what is not, short before long.
     */
    List<Found> search(String text, int limit) {
        if (!fits(text)) {
            return List.of();
        }
        byte[] query = text.getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < query.length; i++) {
            query[i] = fold(query[i]);
        }
        PriorityQueue<Match> best = new PriorityQueue<>(Comparator.reverseOrder());
        int name = 0;
        int at = next(query, 0);
        while (at >= 0) {
            while (starts[name + 1] <= at) {
                name++;
            }
            keep(best, new Match(rank(name, at, query.length), name), limit);
            at = next(query, starts[name + 1]);
        }
        return best.stream().sorted().map(this::found).toList();
    }

    private static void keep(PriorityQueue<Match> best, Match match, int limit) {
        if (best.size() < limit) {
            best.add(match);
        } else if (match.compareTo(best.element()) < 0) {
            best.remove();
            best.add(match);
        }
    }

    private int next(byte[] query, int from) {
        byte first = query[0];
        int last = folded.length - query.length;
        for (int i = from; i < last; i++) {
            if (folded[i] == first && Arrays.equals(folded, i + 1, i + query.length, query, 1, query.length)) {
                return i;
            }
        }
        return -1;
    }

    private int rank(int name, int at, int length) {
        boolean begins = at == starts[name];
        int whole = starts[name + 1] - 1 - starts[name];
        if (begins && whole == length) {
            return 0;
        }
        boolean here = used.get(name);
        int place = begins ? (here ? 1 : 2) : folded[at - 1] == '-' ? (here ? 3 : 4) : (here ? 5 : 6);
        return place * (LENGTH_MAX + 1) + whole;
    }

    private Found found(Match match) {
        int start = starts[match.name];
        int end = starts[match.name + 1] - 1;
        return new Found(
                new String(names, start, end - start, StandardCharsets.US_ASCII), used.get(match.name), match.rank);
    }

    private static byte fold(byte c) {
        if (c >= 'A' && c <= 'Z') {
            return (byte) (c + ('a' - 'A'));
        }
        return c == '_' || c == '.' ? (byte) '-' : c;
    }

    /**
     * A name that was found.
     *
     * @param rank small when it fits well; comparable with that of another index
     */
    record Found(String name, boolean used, int rank) {}

    private record Match(int rank, int name) implements Comparable<Match> {
        @Override
        public int compareTo(Match other) {
            int order = Integer.compare(rank, other.rank);
            return order != 0 ? order : Integer.compare(name, other.name);
        }
    }
}
