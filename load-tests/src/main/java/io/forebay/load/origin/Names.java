package io.forebay.load.origin;

import java.util.Locale;
import java.util.OptionalInt;

/** Numbers as words that can be spoken, and back: names of packages that nobody has to store. */
final class Names {
    /** Four syllables of five bits. */
    static final int COUNT = 1 << 20;

    private static final String CONSONANTS = "bdfgklmr";
    private static final String VOWELS = "aeiu";
    private static final int SYLLABLES = 4;

    private Names() {}

    static String of(int number) {
        StringBuilder name = new StringBuilder(2 * SYLLABLES);
        for (int i = SYLLABLES - 1; i >= 0; i--) {
            int syllable = number >> (5 * i) & 31;
            name.append(CONSONANTS.charAt(syllable >> 2)).append(VOWELS.charAt(syllable & 3));
        }
        return name.toString();
    }

    /** As R packages are written: with a capital. */
    static String capital(int number) {
        String name = of(number);
        return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    }

    /** The number of a name in either spelling; empty when it is no such name. */
    static OptionalInt number(String name) {
        if (name.length() != 2 * SYLLABLES) {
            return OptionalInt.empty();
        }
        int number = 0;
        for (int i = 0; i < name.length(); i += 2) {
            int consonant = CONSONANTS.indexOf(i == 0 ? Character.toLowerCase(name.charAt(0)) : name.charAt(i));
            int vowel = VOWELS.indexOf(name.charAt(i + 1));
            if (consonant < 0 || vowel < 0) {
                return OptionalInt.empty();
            }
            number = number << 5 | consonant << 2 | vowel;
        }
        return OptionalInt.of(number);
    }
}
