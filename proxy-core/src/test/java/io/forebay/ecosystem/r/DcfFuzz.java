package io.forebay.ecosystem.r;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import com.code_intelligence.jazzer.mutation.annotation.WithLength;
import io.forebay.model.ForebayException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An index in the Debian control format, whatever it holds: refused, or read to records that are written and read back. */
class DcfFuzz {
    static Stream<Arguments> seeds() {
        return Stream.of(
                index(
                        "Package: MASS\nVersion: 7.3-65\nDepends: R (>= 4.2.0), grDevices,\n        graphics\n\nPackage: b\n"),
                index("Package: a\r\nTitle:\r\n .\r\n x\r\n\r\n\r\nPackage:b\rPackage: c\r"),
                index("X: caf\u00e9\n\t.\n"));
    }

    private static Arguments index(String text) {
        return arguments((Object) text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @MethodSource("seeds")
    @DictionaryEntries({"Package:", "\\x0A\\x20", "\\x0A\\x0A", "\\x0D\\x0A", ".\\x0A", "Version: "})
    @FuzzTest(maxDuration = "6s")
    void read_anything_refusedOrStable(byte @NotNull @WithLength(max = 2048) [] body) {
        List<PackageRow> rows;
        try {
            rows = DcfReader.read(body, tag -> true);
        } catch (ForebayException e) {
            assertThat(e.kind()).isEqualTo(ForebayException.Kind.ORIGIN_INVALID);
            return;
        }
        for (PackageRow row : rows) {
            assertThat(row.tags()).hasSizeBetween(1, DcfReader.MAX_TAGS).doesNotHaveDuplicates();
        }
        byte[] once = new PackagesWriter(rows).write(PackagesForm.PLAIN);
        List<PackageRow> again = DcfReader.read(once, tag -> true);
        assertThat(DcfReaderTest.maps(again)).isEqualTo(DcfReaderTest.maps(rows));
        assertThat(new PackagesWriter(again).write(PackagesForm.PLAIN)).isEqualTo(once);
    }
}
