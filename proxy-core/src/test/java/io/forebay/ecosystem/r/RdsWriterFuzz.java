package io.forebay.ecosystem.r;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import com.code_intelligence.jazzer.mutation.annotation.WithLength;
import com.code_intelligence.jazzer.mutation.annotation.WithSize;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Values of any bytes survive the matrix: what was written is what R and the reader find. */
class RdsWriterFuzz {
    private static final List<String> TAGS = List.of("Package", "Version", "License", "X-own");

    static Stream<Arguments> seeds() {
        return Stream.of(
                arguments(List.of(bytes("MASS"), bytes("7.3-65"), bytes("GPL-2 | GPL-3"), bytes("a\nb"), bytes("p"))),
                arguments(List.of(bytes("caf\u00e9"), "caf\u00e9".getBytes(StandardCharsets.UTF_8), new byte[0])));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "6s")
    void write_anyBytes_readBack(@NotNull @WithSize(max = 40) List<byte @NotNull @WithLength(max = 100) []> values) {
        List<PackageRow> rows = new ArrayList<>();
        for (int i = 0; i < values.size(); i += TAGS.size()) {
            int width = Math.min(TAGS.size(), values.size() - i);
            rows.add(new PackageRow(
                    TAGS.subList(0, width).toArray(String[]::new),
                    values.subList(i, i + width).stream()
                            .map(value -> new String(value, StandardCharsets.ISO_8859_1))
                            .toArray(String[]::new)));
        }
        assertThat(RdsReaderFuzz.filled(RdsReaderFuzz.readBack(rows))).isEqualTo(RdsReaderFuzz.filled(rows));
    }
}
