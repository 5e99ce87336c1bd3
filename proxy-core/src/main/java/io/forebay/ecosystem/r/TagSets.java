package io.forebay.ecosystem.r;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One array for all rows with the same tags in the same order: an index has a few such sets and tens of thousands of rows. For one thread. */
final class TagSets {
    private final Map<List<String>, String[]> known = new HashMap<>();

    /** The array of these tags; nobody changes it. */
    String[] of(List<String> tags) {
        String[] same = known.get(tags);
        if (same == null) {
            same = tags.toArray(String[]::new);
            known.put(List.of(same), same);
        }
        return same;
    }
}
