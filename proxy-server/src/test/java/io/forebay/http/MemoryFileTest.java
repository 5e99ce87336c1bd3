package io.forebay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.FileRegion;
import io.netty.util.IllegalReferenceCountException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryFileTest {
    private static final byte[] BYTES = "a page".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path directory;

    private final AtomicInteger closed = new AtomicInteger();

    @Test
    void file_hasNoNameAndAllBytes() throws Exception {
        MemoryFile file = MemoryFile.of(ByteBuffer.wrap(BYTES), directory, closed::incrementAndGet);
        assertThat(directory).isEmptyDirectory();
        for (int i = 0; i < 2; i++) {
            FileRegion region = file.region();
            assertThat(region.count()).isEqualTo(BYTES.length);
            assertThat(read(region)).isEqualTo(BYTES);
            region.release();
        }
        assertThat(file.release()).isTrue();
    }

    @Test
    void region_keepsItOpenUntilItIsReleased() throws Exception {
        MemoryFile file = MemoryFile.of(ByteBuffer.wrap(BYTES), directory, closed::incrementAndGet);
        FileRegion first = file.region();
        FileRegion second = file.region();
        file.release();
        first.release();
        assertThat(closed).hasValue(0);
        assertThat(read(second)).isEqualTo(BYTES);
        FileRegion late = second.retain();
        second.release();
        late.release();
        assertThat(closed).hasValue(1);
        assertThatThrownBy(file::region).isInstanceOf(IllegalReferenceCountException.class);
    }

    @Test
    void noRoom_isAnError() {
        assertThatThrownBy(() ->
                        MemoryFile.of(ByteBuffer.wrap(BYTES), directory.resolve("missing"), closed::incrementAndGet))
                .isInstanceOf(IOException.class);
        assertThat(closed).hasValue(0);
    }

    @Test
    void directory_isMemory() throws IOException {
        assertThat(MemoryFile.directory())
                .hasValueSatisfying(found -> assertThat(Files.isWritable(found)).isTrue());
        assertThat(Files.getFileStore(MemoryFile.directory().orElseThrow()).type())
                .isEqualTo("tmpfs");
    }

    private static byte[] read(FileRegion region) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        region.transferTo(Channels.newChannel(bytes), 0);
        return bytes.toByteArray();
    }
}
