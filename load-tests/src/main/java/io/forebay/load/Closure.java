package io.forebay.load;

import io.forebay.load.origin.Zipf;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What one installation needs: a package and all that it depends on.
 *
 * @param ranks of the packages, each once
 */
record Closure(List<Integer> ranks) {
    private static final int SMALLEST = 12;
    private static final int LARGEST = 150;

    Closure {
        ranks = List.copyOf(ranks);
    }

    /** Closures of 12 to 150 packages, small ones more often; a run of few seconds has no time for the large ones. */
    static List<Closure> some(int count, int packages, int seconds, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Zipf popularity = new Zipf(packages);
        int largest = Math.min(LARGEST, SMALLEST + seconds);
        List<Closure> closures = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            double spread = Math.pow((double) largest / SMALLEST, random.nextDouble());
            int size = (int) Math.round(SMALLEST * spread);
            Set<Integer> ranks = new LinkedHashSet<>();
            while (ranks.size() < size) {
                ranks.add(popularity.next(random));
            }
            closures.add(new Closure(List.copyOf(ranks)));
        }
        return closures;
    }
}
