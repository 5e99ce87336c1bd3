package io.forebay.ecosystem.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.InRange;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import com.code_intelligence.jazzer.mutation.annotation.WithLength;
import io.forebay.model.Rendition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A wheel that another program wrote is read exactly; with bytes of it changed it is refused or read the same, or the
 * metadata is not there. Nothing but {@link IOException} escapes, and no member becomes larger than the limit.
 */
class ZipArchiveFuzz {
    private static final String METADATA = "demo-1.0.dist-info/METADATA";
    private static final int LIMIT = 64 * 1024;

    static Stream<Arguments> seeds() {
        return Stream.of(
                arguments("Metadata-Version: 2.1\nName: demo\n".getBytes(StandardCharsets.UTF_8), 0, (byte) 0, 1, (byte)
                        0),
                arguments(new byte[3000], 60, (byte) 0x40, 3, (byte) 1));
    }

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "6s")
    void extract_oneOrTwoBytesChanged_exactOrRefused(
            byte @NotNull @WithLength(max = 3000) [] content,
            @InRange(min = 0, max = 8000) int first,
            byte firstChange,
            @InRange(min = 0, max = 8000) int second,
            byte secondChange)
            throws IOException {
        byte[] wheel = wheel(content);
        assertThat(extracted(wheel))
                .hasValueSatisfying(read -> assertThat(read.body()).isEqualTo(content));

        wheel[wheel.length - 1 - first % wheel.length] ^= firstChange;
        wheel[wheel.length - 1 - second % wheel.length] ^= secondChange;
        ZipArchive archive = new ZipArchive(new BytesChannel(wheel));
        try {
            List<ZipMember> members = archive.members(name -> true);
            for (ZipMember member : members) {
                byte[] bytes = archive.read(member, LIMIT);
                CRC32 crc = new CRC32();
                crc.update(bytes);
                assertThat(bytes).hasSizeLessThanOrEqualTo(LIMIT);
                assertThat(crc.getValue()).isEqualTo(member.crc());
                assertThat(bytes.length).isEqualTo((int) member.size());
            }
        } catch (IOException refused) {
            assertThat(refused.getMessage()).isNotBlank();
        }
    }

    private static Optional<Rendition> extracted(byte[] wheel) throws IOException {
        return new WheelMetadata("demo").extract(new BytesChannel(wheel));
    }

    private static byte[] wheel(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry("demo/__init__.py"));
            zip.write(new byte[content.length]);
            zip.closeEntry();
            zip.putNextEntry(new ZipEntry(METADATA));
            zip.write(content);
            zip.closeEntry();
            zip.setComment("x".repeat(content.length % 50));
        }
        return out.toByteArray();
    }
}
