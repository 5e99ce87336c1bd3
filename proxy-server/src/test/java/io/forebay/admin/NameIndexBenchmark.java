package io.forebay.admin;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/** Prints how long a search among 500,000 names takes; no test, not in the gate: {@code scripts/search-speed} runs it. */
final class NameIndexBenchmark {
    private static final int NAMES = 500_000;
    private static final int ROUNDS = 200;
    private static final String[] SYLLABLES = {
        "py", "data", "flask", "num", "test", "lib", "api", "core", "aws", "net", "json", "ml", "log", "cli", "auto",
        "web"
    };

    private NameIndexBenchmark() {}

    public static void main(String[] arguments) {
        Random random = new Random(1);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < NAMES; i++) {
            String first = SYLLABLES[random.nextInt(SYLLABLES.length)];
            String second = SYLLABLES[random.nextInt(SYLLABLES.length)];
            names.add(first + "-" + second + Integer.toString(random.nextInt(2_000_000), 36));
        }
        long begin = System.nanoTime();
        NameIndex index = NameIndex.of(names, Set.copyOf(names.subList(0, 1_000)));
        System.out.printf(Locale.ROOT, "%d names, indexed in %.0f ms%n", index.size(), millis(begin));
        System.out.println("query            median ms   slowest ms   (of " + ROUNDS + ")");
        for (String query : List.of("a", "py", "num", "flask-json", "zzzz", "tes", "x1", "data-data")) {
            index.search(query, 50);
            double[] taken = new double[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                index.search(query, 50);
                taken[round] = millis(start);
            }
            Arrays.sort(taken);
            System.out.printf(Locale.ROOT, "%-15s %10.1f %12.1f%n", query, taken[ROUNDS / 2], taken[ROUNDS - 1]);
        }
    }

    private static double millis(long since) {
        return (System.nanoTime() - since) / 1e6;
    }
}
