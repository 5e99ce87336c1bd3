package io.forebay.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Head;
import io.forebay.model.Nature;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NotesTest {
    private static final Entry FULL = new Entry(
            CatalogContract.PAGE,
            Nature.INDEX,
            CatalogContract.A,
            12_345_678_901L,
            new Head(
                    Optional.of("text/html; charset=\"utf-8\""),
                    Optional.of("\"e\""),
                    Optional.of("W/\"o\""),
                    Optional.of(CatalogContract.T2),
                    Map.of("link", "<ü>\n", "a", "")),
            "https://pypi.org/simple/flask/?x=%2B",
            CatalogContract.T1,
            CatalogContract.T3);

    @Test
    void write_thenRead_isTheEntry() {
        Entry bare = CatalogContract.entry(CatalogContract.FILE, CatalogContract.B, CatalogContract.T1);
        for (Entry entry : List.of(FULL, bare)) {
            assertThat(Notes.read(Notes.write(entry))).contains(entry);
        }
    }

    @Test
    void write_bytes_areStable() {
        // Notes of every release lie beside blobs for years: this text may only grow.
        String expected = "{\"v\":1,\"source\":\"pypi\",\"path\":\"packages/fl/flask.whl\",\"nature\":\"INDEX\","
                + "\"sha256\":\"" + CatalogContract.B.hex() + "\",\"size\":1,\"base\":\"https://a/b\","
                + "\"seen\":1767225600001,\"validated\":1767225600001,\"head\":{}}";
        Entry bare = CatalogContract.entry(CatalogContract.FILE, CatalogContract.B, CatalogContract.T1);
        assertThat(new String(Notes.write(bare), StandardCharsets.UTF_8)).isEqualTo(expected);
        assertThat(new String(Notes.write(FULL), StandardCharsets.UTF_8)).doesNotContain("\n");
    }

    @Test
    void read_unknownField_isSkipped() {
        String grown = text().replaceFirst("\\{", "{\"later\":[1],");
        assertThat(Notes.read(bytes(grown))).contains(FULL);
    }

    @Test
    void read_otherVersion_isEmpty() {
        assertThat(Notes.read(bytes(text().replace("\"v\":1", "\"v\":2")))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"source", "path", "nature", "sha256", "size", "base", "seen", "validated"})
    void read_fieldMissing_isEmpty(String field) {
        String cut = text().replace("\"" + field + "\":", "\"was\":");
        assertThat(cut).isNotEqualTo(text());
        assertThat(Notes.read(bytes(cut))).isEmpty();
    }

    @Test
    void read_cutAnywhere_isEmptyAndNeverThrows() {
        byte[] whole = Notes.write(FULL);
        for (int length = 0; length < whole.length; length++) {
            assertThat(Notes.read(java.util.Arrays.copyOf(whole, length))).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "[]",
                "1",
                "{\"v\":1}",
                "\u0000\u0001",
                "{\"v\":1,\"source\":1}",
                "{\"v\":9999999999999999999999}"
            })
    void read_garbage_isEmpty(String garbage) {
        assertThat(Notes.read(bytes(garbage))).isEmpty();
    }

    private static String text() {
        return new String(Notes.write(FULL), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
