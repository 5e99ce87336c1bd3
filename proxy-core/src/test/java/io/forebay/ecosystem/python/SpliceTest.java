package io.forebay.ecosystem.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Spans and other bytes stand in the order in which they were appended. */
class SpliceTest {
    private static final String DOCUMENT = "0123456789abcdefghijklmnopqrstuvwxyz";

    private static Splice splice() {
        return new Splice(DOCUMENT.getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(Splice splice) {
        return new String(splice.join(), StandardCharsets.UTF_8);
    }

    @Test
    void join_nothing_isEmpty() {
        assertThat(splice().join()).isEmpty();
    }

    @Test
    void join_spansAndOthers_inTheirOrder() {
        Splice splice = splice();
        splice.copy(0, 3);
        splice.copy(3, 5);
        splice.write("-\u00e9-");
        splice.copy(5, 6);
        splice.copy(2, 4);
        splice.write("");
        splice.copy(4, 4);
        splice.write("!");
        splice.write("?");
        assertThat(text(splice)).isEqualTo("01234-\u00e9-523!?");
    }

    @Test
    void join_anyPieces_areThose() {
        Random random = new Random(11);
        for (int round = 0; round < 200; round++) {
            Splice splice = splice();
            StringBuilder expected = new StringBuilder();
            int end = 0;
            for (int piece = 0; piece < round; piece++) {
                if (random.nextInt(3) == 0) {
                    String other = "#".repeat(random.nextInt(3));
                    splice.write(other);
                    expected.append(other);
                } else {
                    int start = random.nextBoolean() ? end : random.nextInt(DOCUMENT.length());
                    end = start + random.nextInt(DOCUMENT.length() - start + 1);
                    splice.copy(start, end);
                    expected.append(DOCUMENT, start, end);
                }
            }
            assertThat(text(splice)).isEqualTo(expected.toString());
        }
    }

    @Test
    void join_spanBeyondTheDocument_fails() {
        Splice splice = splice();
        splice.copy(30, 40);
        assertThatThrownBy(splice::join).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
