package io.forebay.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NameIndexTest {
    private static final NameIndex INDEX = NameIndex.of(
            List.of(
                    "numpy",
                    "num2words",
                    "num",
                    "pynum",
                    "my-num",
                    "data.table",
                    "Matrix",
                    "R6",
                    "numpy-financial",
                    "enumerate"),
            Set.of("numpy", "enumerate"));

    @Test
    void search_orders_exactThenBeginThenWordThenInside_usedFirst() {
        assertThat(names("num"))
                .containsExactly("num", "numpy", "num2words", "numpy-financial", "my-num", "enumerate", "pynum");
    }

    @Test
    void search_ignoresCaseAndSeparators() {
        assertThat(names("MATRIX")).containsExactly("Matrix");
        assertThat(names("data_table")).containsExactly("data.table");
        assertThat(names("r6")).containsExactly("R6");
    }

    @Test
    void search_doesNotReachFromOneNameIntoTheNext() {
        assertThat(NameIndex.of(List.of("ab", "cd"), Set.of()).search("bc", 5)).isEmpty();
    }

    @Test
    void search_limit_keepsTheBest() {
        assertThat(INDEX.search("num", 2).stream().map(NameIndex.Found::name)).containsExactly("num", "numpy");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n", "a\nb", "ü", "\u0000", "nothing-is-called-so"})
    void search_whatNoNameHas_findsNothing(String query) {
        assertThat(INDEX.search(query, 5)).isEmpty();
        assertThat(NameIndex.EMPTY.search(query, 5)).isEmpty();
    }

    @Test
    void names_thatAreHostile_areLeftOut() {
        NameIndex index = NameIndex.of(List.of("ok", "two\nlines", "", "ümlaut", "x".repeat(201), "a b"), Set.of());
        assertThat(index.size()).isEqualTo(1);
        assertThat(index.contains("ok")).isTrue();
        assertThat(index.contains("o")).isFalse();
    }

    @Test
    void search_randomNames_findsWhatAScanOfStringsFinds() {
        Random random = new Random(11);
        Set<String> names = new HashSet<>();
        for (int i = 0; i < 2_000; i++) {
            StringBuilder name = new StringBuilder();
            for (int length = 1 + random.nextInt(8); length > 0; length--) {
                name.append("abcAB-".charAt(random.nextInt(6)));
            }
            names.add(name.toString());
        }
        NameIndex index = NameIndex.of(names, Set.of());
        assertThat(index.size()).isEqualTo(names.size());
        for (String query : List.of("a", "ab", "bca", "-a", "aaaa", "c-")) {
            List<String> wanted = new ArrayList<>(names);
            wanted.removeIf(name -> !name.toLowerCase(java.util.Locale.ROOT).contains(query));
            assertThat(index.search(query, 5_000).stream().map(NameIndex.Found::name))
                    .as(query)
                    .containsExactlyInAnyOrderElementsOf(wanted);
        }
    }

    private static List<String> names(String query) {
        return INDEX.search(query, 20).stream().map(NameIndex.Found::name).toList();
    }
}
