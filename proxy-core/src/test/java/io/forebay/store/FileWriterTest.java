package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes in whatever pieces is in the file as it came. */
class FileWriterTest {
    private static final int FROM = 100;

    @TempDir
    private Path directory;

    private final FaultyFiles files = new FaultyFiles();
    private final List<Long> told = new ArrayList<>();

    private interface Writing {
        void to(FileWriter writer) throws Exception;
    }

    private byte[] written(Writing writing) throws Exception {
        Path file = Files.write(directory.resolve("file"), new byte[FROM]);
        try (FileChannel channel = files.open(file, StandardOpenOption.WRITE)) {
            writing.to(new FileWriter(files, channel, FROM, told::add));
        }
        byte[] all = Files.readAllBytes(file);
        assertThat(told.stream().mapToLong(Long::longValue).sum()).isEqualTo(all.length - FROM);
        byte[] bytes = new byte[all.length - FROM];
        System.arraycopy(all, FROM, bytes, 0, bytes.length);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_000, 16 * 1024 - 1, 16 * 1024, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 700_000})
    void write_arraysAndBuffersOfAnyLength_areInTheFileInOrder(int length) throws Exception {
        byte[] bytes = Bytes.of(length, length);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        ByteBuf direct = Bytes.buffer(bytes);
        ByteBuf composite = Unpooled.wrappedBuffer(
                Bytes.buffer(bytes, 0, length / 2), Bytes.buffer(bytes, length / 2, length - length / 2));
        try {
            byte[] file = written(writer -> {
                for (int i = 0; i < 3; i++) {
                    writer.write(bytes);
                    writer.write(Unpooled.wrappedBuffer(bytes));
                    writer.write(direct);
                    writer.write(composite);
                }
                writer.flush();
                writer.flush();
            });
            for (int i = 0; i < 12; i++) {
                expected.write(bytes);
            }
            assertThat(file).isEqualTo(expected.toByteArray());
            assertThat(direct.readableBytes()).as("left as it is").isEqualTo(length);
            assertThat(composite.readableBytes()).isEqualTo(length);
        } finally {
            direct.release();
            composite.release();
        }
    }

    @Test
    void write_little_waitsForTheFlush() throws Exception {
        written(writer -> {
            writer.write(new byte[10]);
            writer.write(Unpooled.wrappedBuffer(new byte[10]));
            assertThat(told).isEmpty();
            writer.flush();
            assertThat(told).containsExactly(20L);
        });
    }

    @Test
    void write_largeBuffer_goesAsItIsBehindWhatWaits() throws Exception {
        ByteBuf large = Bytes.buffer(new byte[16 * 1024]);
        try {
            written(writer -> {
                writer.write(new byte[10]);
                writer.write(large);
                assertThat(told).containsExactly(10L, 16L * 1024);
            });
        } finally {
            large.release();
        }
    }

    @Test
    void write_diskTakesLittleAtATime_allIsWritten() throws Exception {
        files.writeAtMost(7);
        byte[] bytes = Bytes.of(1, 1_000);
        assertThat(written(writer -> {
                    writer.write(bytes);
                    writer.flush();
                }))
                .isEqualTo(bytes);
    }
}
