package io.forebay.ecosystem.r;

import io.forebay.model.Algorithm;
import io.forebay.model.Checksum;
import io.forebay.model.Expectation;
import io.forebay.model.Listing;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What an index says, in short.
 *
 * @param names of packages
 * @param sums MD5 sums of files by their path below the index; {@link #DISPUTED} where the index contradicts itself
 */
record PackagesListing(Set<String> names, Map<String, String> sums) implements Listing {
    private static final String DISPUTED = "";

    /** A string of 32 characters, its key of about as many, and their entry in the map. */
    private static final int BYTES_PER_FILE = 250;

    private static final int BYTES_PER_NAME = 100;

    @Override
    public boolean owns(String packageName) {
        return names.contains(packageName);
    }

    @Override
    public Optional<Expectation> expectation(String file) {
        return Optional.ofNullable(sums.get(file))
                .filter(md5 -> !md5.equals(DISPUTED))
                .map(md5 -> Expectation.of(new Checksum(Algorithm.MD5, md5)));
    }

    @Override
    public boolean isEmpty() {
        return names.isEmpty();
    }

    @Override
    public long weight() {
        return (long) names.size() * BYTES_PER_NAME + (long) sums.size() * BYTES_PER_FILE;
    }

    static boolean isMd5(String text) {
        if (text.length() != Algorithm.MD5.hexLength()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (Character.digit(text.charAt(i), 16) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Two records of one file must agree; else the file is checked by nothing rather than refused by chance. */
    static String agreed(String one, String other) {
        return one.equalsIgnoreCase(other) ? one : DISPUTED;
    }
}
