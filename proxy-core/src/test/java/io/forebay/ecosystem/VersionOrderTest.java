package io.forebay.ecosystem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class VersionOrderTest {
    @Test
    void versions_shuffled_comeInOrder() {
        List<String> ordered = List.of(
                "0.9",
                "1.0.dev1",
                "1.0a1",
                "1.0a2",
                "1.0b1",
                "1.0rc1",
                "1.0",
                "1.0.post1",
                "1.0-1",
                "1.0.1",
                "1.2",
                "1.10",
                "1.10+local.1",
                "2024.1",
                "20240101");
        List<String> shuffled = new ArrayList<>(ordered);
        Collections.shuffle(shuffled, new Random(7));
        shuffled.sort(VersionOrder.OLDEST_FIRST);
        assertThat(shuffled).containsExactlyElementsOf(ordered);
    }

    @Test
    void texts_thatAreNoVersions_haveAnOrderToo() {
        List<String> texts =
                new ArrayList<>(List.of("", "x".repeat(100_000), "<script>", "1".repeat(5_000), "..", "1"));
        texts.sort(VersionOrder.OLDEST_FIRST);
        assertThat(texts).hasSize(6).doesNotHaveDuplicates();
    }
}
