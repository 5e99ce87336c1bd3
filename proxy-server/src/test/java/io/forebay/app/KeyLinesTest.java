package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class KeyLinesTest {
    private static final String DOCUMENT = String.join(
            "\n",
            "# a comment = 1",
            "top = \"\"\"",
            "[not.a.table]",
            "not = \"a key\" \\\"\"\"",
            "\"\"\"",
            "list = [ # a ] in a comment",
            "  \"]\", ']',",
            "  [1, 2],",
            "]",
            "a.b = 'C:\\'",
            "[ sources . \"py pi\" ] # table",
            "url = \"x # y\"",
            "inline = { one = 1, two = \"}\" }",
            "[[rules]]",
            "name = '''",
            "x''''",
            "[[rules]]",
            "name = 2");

    @Test
    void lines_ofEveryForm_areFound() {
        KeyLines lines = KeyLines.of(DOCUMENT);
        assertThat(lines.of(List.of("top"))).isEqualTo(2);
        assertThat(lines.of(List.of("list"))).isEqualTo(6);
        assertThat(lines.of(List.of("a", "b"))).isEqualTo(10);
        assertThat(lines.of(List.of("a"))).isEqualTo(10);
        assertThat(lines.of(List.of("sources", "py pi"))).isEqualTo(11);
        assertThat(lines.of(List.of("sources", "py pi", "url"))).isEqualTo(12);
        assertThat(lines.of(List.of("sources", "py pi", "inline", "two"))).isEqualTo(13);
        assertThat(lines.of(List.of("rules", "0", "name"))).isEqualTo(15);
        assertThat(lines.of(List.of("rules", "1"))).isEqualTo(17);
        assertThat(lines.of(List.of("rules", "1", "name"))).isEqualTo(18);
    }

    @Test
    void line_ofNothing_isTheFirst() {
        assertThat(KeyLines.of("").of(List.of("x"))).isEqualTo(1);
    }

    @Test
    void lines_documentCutAnywhere_endsAllTheSame() {
        for (int length = 0; length < DOCUMENT.length(); length++) {
            assertThat(KeyLines.of(DOCUMENT.substring(0, length)).of(List.of("top")))
                    .isBetween(1, 2);
        }
    }
}
