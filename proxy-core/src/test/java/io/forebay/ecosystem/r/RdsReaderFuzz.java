package io.forebay.ecosystem.r;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import com.code_intelligence.jazzer.mutation.annotation.WithLength;
import io.forebay.model.ForebayException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A serialized object, whatever it is: refused, or a matrix no larger than its bytes that is written and read back. */
class RdsReaderFuzz {
    static Stream<Arguments> seeds() throws IOException {
        List<Arguments> seeds = new ArrayList<>();
        for (String file :
                List.of("v2-plain.rds", "v3-xz.rds", "v3-wrapped.rds", "v3-encodings.rds", "data-frame.rds")) {
            seeds.add(arguments((Object) Compressed.inflate(RdsReaderTest.fixture(file))));
        }
        return seeds.stream();
    }

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "6s")
    void read_anything_refusedOrReadBack(byte @NotNull @WithLength(max = 4096) [] body) {
        List<PackageRow> rows;
        try {
            rows = RdsReader.read(body, tag -> true);
        } catch (ForebayException e) {
            assertThat(e.kind()).isEqualTo(ForebayException.Kind.ORIGIN_INVALID);
            return;
        }
        int cells = rows.stream().mapToInt(row -> row.tags().length).sum();
        assertThat(cells).as("smallest cell: 8 bytes").isLessThanOrEqualTo(body.length / 8);
        List<PackageRow> again = readBack(rows);
        assertThat(filled(again)).isEqualTo(filled(rows));
        assertThat(DcfReaderTest.maps(readBack(again))).isEqualTo(DcfReaderTest.maps(again));
    }

    static List<PackageRow> readBack(List<PackageRow> rows) {
        byte[] written = new PackagesWriter(rows).write(PackagesForm.RDS);
        return RdsReader.read(Compressed.inflate(written), tag -> true);
    }

    /** What a matrix says: an empty value is none, and what is no UTF-8 is the same text in Latin-1. */
    static List<Map<String, String>> filled(List<PackageRow> rows) {
        List<Map<String, String>> filled = new ArrayList<>();
        for (Map<String, String> row : DcfReaderTest.maps(rows)) {
            Map<String, String> values = new TreeMap<>(row);
            values.values().removeIf(String::isEmpty);
            values.replaceAll((tag, value) -> utf8(value));
            filled.add(values);
        }
        return filled;
    }

    private static String utf8(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return value;
        } catch (CharacterCodingException e) {
            return new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        }
    }
}
