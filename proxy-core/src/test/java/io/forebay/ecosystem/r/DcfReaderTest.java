package io.forebay.ecosystem.r;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.ForebayException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DcfReaderTest {
    @Test
    void read_recordsBetweenBlankLines_inOrder() {
        assertThat(read("Package: aa\nVersion: 1.0\n\n \t\n\nPackage: bb\nVersion: 2.0-1\n"))
                .containsExactly(
                        Map.of("Package", "aa", "Version", "1.0"), Map.of("Package", "bb", "Version", "2.0-1"));
    }

    @Test
    void read_continuationLines_joinedByLineFeedsWithoutTheirBlanks() {
        assertThat(read("Package: aa\nDepends: R (>= 3.5),\n        bb,  \n\tcc\nTitle: x\n .\n  .z\nImports:\n dd\n"))
                .containsExactly(Map.of(
                        "Package", "aa", "Depends", "R (>= 3.5),\nbb,\ncc", "Title", "x\n\n.z", "Imports", "dd"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void read_anyLineEndWithoutAFinalOne_sameRecords(String end) {
        String text = String.join(end, "", "Package: aa", "Title: one", " two", "", "", "Package: bb", "V:x");

        assertThat(read(text))
                .containsExactly(Map.of("Package", "aa", "Title", "one\ntwo"), Map.of("Package", "bb", "V", "x"));
    }

    @Test
    void read_equalFields_lastOneHolds() {
        assertThat(read("Package: aa\nVersion: 1\nPackage: bb\n"))
                .containsExactly(Map.of("Package", "bb", "Version", "1"));
    }

    @Test
    void read_emptyFieldsAndColons_arePartOfValues() {
        assertThat(read("Package: aa\nURL: http://a:80/\nNote:\nConfig/testthat/edition: 3\n"))
                .containsExactly(
                        Map.of("Package", "aa", "URL", "http://a:80/", "Note", "", "Config/testthat/edition", "3"));
    }

    @Test
    void read_latin1Bytes_surviveAsTheyAre() {
        byte[] bytes = "Package: aa\nAuthor: Ren\u00e9 \u00ff\n".getBytes(StandardCharsets.ISO_8859_1);

        String author =
                DcfReader.read(bytes, tag -> true).get(0).value("Author").orElseThrow();

        assertThat(author.getBytes(StandardCharsets.ISO_8859_1))
                .isEqualTo("Ren\u00e9 \u00ff".getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void read_nothing_noRecords() {
        assertThat(read("")).isEmpty();
        assertThat(read("\n \n\r\n")).isEmpty();
    }

    @Test
    void read_unwantedFields_areLeftOutWithTheirContinuations() {
        byte[] bytes = "Package: aa\nTitle: x\n y\nVersion: 1\n z\n".getBytes(StandardCharsets.ISO_8859_1);

        PackageRow row = DcfReader.read(bytes, tag -> !tag.equals("Title")).get(0);

        assertThat(row.tags()).containsExactly("Package", "Version");
        assertThat(row.values()).containsExactly("aa", "1\nz");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<!DOCTYPE html>\n<html><body>login</body></html>\n",
                "<meta http-equiv=\"refresh\" content=\"0; url=http://x/\">\n",
                "Package: aa\nno field here\n",
                "  continuation: first\n",
                "Package: aa\n\n  continuation\n",
                ": no name\n",
                "Package: a\u0000a\n"
            })
    void read_whatIsNoIndex_originInvalid(String text) {
        assertInvalid(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void read_lineOfTenMebibytes_originInvalid() {
        byte[] bytes = new byte[10 << 20];
        Arrays.fill(bytes, (byte) 'x');
        bytes[1] = ':';

        assertInvalid(bytes);
    }

    @Test
    void read_manyContinuationsOfOneField_originInvalid() {
        assertInvalid(("Package: aa" + "\n x".repeat(600_000)).getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void read_moreFieldNamesThanAnIndexHas_originInvalid() {
        StringBuilder text = new StringBuilder("Package: aa\n");
        for (int i = 0; i <= DcfReader.MAX_TAGS; i++) {
            text.append("F").append(i).append(": x\n");
        }

        assertInvalid(text.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void assertInvalid(byte[] bytes) {
        assertThatThrownBy(() -> DcfReader.read(bytes, tag -> true))
                .isInstanceOfSatisfying(ForebayException.class, failure -> assertThat(failure.kind())
                        .isEqualTo(ForebayException.Kind.ORIGIN_INVALID));
    }

    private static List<Map<String, String>> read(String text) {
        return maps(DcfReader.read(text.getBytes(StandardCharsets.ISO_8859_1), tag -> true));
    }

    static List<Map<String, String>> maps(List<PackageRow> rows) {
        return rows.stream()
                .map(row -> {
                    Map<String, String> map = new LinkedHashMap<>();
                    for (int i = 0; i < row.tags().length; i++) {
                        map.put(row.tags()[i], row.values()[i]);
                    }
                    return map;
                })
                .toList();
    }
}
