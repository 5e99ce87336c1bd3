package io.forebay.ecosystem.r;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.ForebayException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** The fixtures are what R 4.2.2 wrote by saveRDS of one matrix of three rows. */
class RdsReaderTest {
    private static final List<Map<String, String>> ROWS = List.of(
            Map.of(
                    "Package", "MASS",
                    "Version", "7.3-58",
                    "Priority", "recommended",
                    "Depends", "R (>= 4.2.0), grDevices, graphics,\nstats, utils",
                    "MD5sum", "0123456789abcdef0123456789abcdef",
                    "NeedsCompilation", "yes"),
            Map.of(
                    "Package", "MASS",
                    "Version", "7.3-65",
                    "MD5sum", "11111111111111111111111111111111",
                    "Path", "4.5.0/Recommended"),
            Map.of(
                    "Package", "labalpha",
                    "Version", "1.1",
                    "License", "MIT + file LICENSE",
                    "MD5sum", "22222222222222222222222222222222",
                    "NeedsCompilation", "no"));

    @ParameterizedTest
    @ValueSource(strings = {"v3-xz.rds", "v3-gzip.rds", "v2-plain.rds", "v3-wrapped.rds"})
    void read_whatRWrote_rowsWithoutMissingValues(String file) throws IOException {
        assertThat(DcfReaderTest.maps(PackagesReader.read(fixture(file), tag -> true)))
                .isEqualTo(ROWS);
    }

    @Test
    void read_unwantedColumns_areLeftOut() throws IOException {
        List<PackageRow> rows = PackagesReader.read(fixture("v2-plain.rds"), tag -> tag.equals("Package"));

        assertThat(rows).allSatisfy(row -> assertThat(row.tags()).containsExactly("Package"));
    }

    @Test
    void read_stringsInBothEncodings_utf8() throws IOException {
        List<PackageRow> rows = PackagesReader.read(fixture("v3-encodings.rds"), tag -> true);

        byte[] cafe = "caf\u00e9".getBytes(StandardCharsets.UTF_8);
        assertThat(rows.get(1).value("License").orElseThrow().getBytes(StandardCharsets.ISO_8859_1))
                .isEqualTo(cafe);
        assertThat(rows.get(2).value("License").orElseThrow().getBytes(StandardCharsets.ISO_8859_1))
                .isEqualTo(cafe);
    }

    @Test
    void read_matrixWithoutRows_nothing() throws IOException {
        assertThat(PackagesReader.read(fixture("empty.rds"), tag -> true)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"v3-ascii.rds", "v3-bzip2.rds", "data-frame.rds"})
    void read_whatNoIndexIs_originInvalid(String file) throws IOException {
        assertInvalid(fixture(file));
    }

    @Test
    void read_cutAnywhere_originInvalid() throws IOException {
        byte[] whole = fixture("v2-plain.rds");
        for (int length = 2; length < whole.length; length++) {
            assertInvalid(Arrays.copyOf(whole, length));
        }
        byte[] xz = fixture("v3-xz.rds");
        for (int length = 6; length < xz.length - 32; length += 7) {
            assertInvalid(Arrays.copyOf(xz, length));
        }
    }

    @Test
    void read_anyByteChanged_rowsOrOriginInvalid() throws IOException {
        byte[] whole = fixture("v3-wrapped.rds");
        Random random = new Random(7);
        for (int round = 0; round < 20_000; round++) {
            byte[] damaged = whole.clone();
            for (int i = 0; i < 1 + round % 3; i++) {
                damaged[2 + random.nextInt(damaged.length - 2)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(RdsReader.read(damaged, tag -> true)).isNotNull();
            } catch (ForebayException refused) {
                assertThat(refused.kind()).isEqualTo(ForebayException.Kind.ORIGIN_INVALID);
            }
        }
    }

    @Test
    void read_announcedLengths_allocateNothing() throws IOException {
        for (int type : new int[] {10, 13, 14, 16, 19}) {
            for (int length : new int[] {Integer.MAX_VALUE, -1, Integer.MIN_VALUE, 1 << 28}) {
                assertInvalid(rds(type, length));
            }
        }
        assertInvalid(rds(16, 1, 9, Integer.MAX_VALUE));
        assertInvalid(rds(16, 1, 9, -2));
    }

    @Test
    void read_listsInLists_refusedBeforeTheStackEnds() throws IOException {
        int[] nested = new int[400_000];
        for (int i = 0; i < nested.length; i += 2) {
            nested[i] = 19;
            nested[i + 1] = 1;
        }
        assertInvalid(rds(nested));
        int[] pairs = new int[400_000];
        Arrays.fill(pairs, 2);
        assertInvalid(rds(pairs));
    }

    @Test
    void read_codeOfR_originInvalid() throws IOException {
        for (int type : new int[] {3, 4, 5, 6, 7, 8, 15, 17, 18, 20, 21, 22, 23, 24, 25, 237, 239, 240, 247, 253}) {
            assertInvalid(rds(type, 0, 0, 0));
        }
        assertInvalid(rds(255, 0, 0, 0));
    }

    @Test
    void read_moreColumnsOrLongerStringsThanAnIndexHas_originInvalid() {
        List<String> columns = new ArrayList<>(List.of("Package"));
        for (int i = 0; i < DcfReader.MAX_TAGS; i++) {
            columns.add("F" + i);
        }
        String longest = "x".repeat(DcfReader.MAX_FIELD_BYTES);

        assertInvalid(matrix("aa", columns));
        assertThat(PackagesReader.read(matrix(longest, List.of("Package")), tag -> true))
                .hasSize(1);
        assertInvalid(matrix(longest + "x", List.of("Package")));
    }

    @Test
    void read_columnThatIsNoFieldOfTheControlFormat_leftOut() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<String> columns = List.of("Package", "caf\u00e9", "a b", "a:b");
        RdsWriter.write(
                List.of(new PackageRow(columns.toArray(String[]::new), new String[] {"a", "b", "c", "d"})),
                columns,
                bytes);

        assertThat(DcfReaderTest.maps(RdsReader.read(bytes.toByteArray(), tag -> true)))
                .containsExactly(Map.of("Package", "a"));
    }

    private static byte[] matrix(String name, List<String> columns) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        RdsWriter.write(List.of(new PackageRow(new String[] {"Package"}, new String[] {name})), columns, bytes);
        return bytes.toByteArray();
    }

    @Test
    void read_bombs_originInvalid() throws IOException {
        ByteArrayOutputStream gz = new ByteArrayOutputStream();
        ByteArrayOutputStream xz = new ByteArrayOutputStream();
        byte[] mebibyte = new byte[1 << 20];
        Arrays.fill(mebibyte, (byte) '\n');
        try (GZIPOutputStream gzip = new GZIPOutputStream(gz);
                XZOutputStream lzma = new XZOutputStream(xz, new LZMA2Options(0))) {
            for (int i = 0; i <= Compressed.MAX_BYTES >> 20; i++) {
                gzip.write(mebibyte);
                lzma.write(mebibyte);
            }
        }
        assertInvalid(gz.toByteArray());
        assertInvalid(xz.toByteArray());
    }

    @Test
    void read_damagedCompression_originInvalid() throws IOException {
        byte[] gz = fixture("v3-gzip.rds");
        gz[gz.length - 6] ^= 1;
        assertInvalid(gz);
        assertInvalid(new byte[] {0x1f, (byte) 0x8b});
    }

    private static byte[] rds(int... words) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeBytes("X\n");
            out.writeInt(2);
            out.writeInt(0x00040202);
            out.writeInt(0x00020300);
            for (int word : words) {
                out.writeInt(word);
            }
        }
        return bytes.toByteArray();
    }

    static byte[] fixture(String name) throws IOException {
        try (InputStream in = RdsReaderTest.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }

    private static void assertInvalid(byte[] bytes) {
        assertThatThrownBy(() -> PackagesReader.read(bytes, tag -> true))
                .isInstanceOfSatisfying(ForebayException.class, failure -> assertThat(failure.kind())
                        .isEqualTo(ForebayException.Kind.ORIGIN_INVALID));
    }
}
