package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the kernel's page cache. */
class RealFilesTest {
    private static final int BYTES = 4 << 20;
    private static final int PART = 256 << 10;

    @TempDir
    Path directory;

    private final RealFiles files = new RealFiles();

    private Path file() throws IOException {
        byte[] bytes = new byte[BYTES];
        new Random(1).nextBytes(bytes);
        return Files.write(directory.resolve("file"), bytes);
    }

    /** The kernel gives up its copy when it is asked to and the bytes are on the disk; a file system in memory has no other. */
    private static void forget(Path file) throws Exception {
        Process dd = new ProcessBuilder("dd", "of=" + file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(dd.waitFor()).isZero();
    }

    private static boolean isLoaded(FileChannel channel, long position) throws IOException {
        return channel.map(MapMode.READ_ONLY, position, PART).isLoaded();
    }

    @Test
    @DisplayName("what is loaded is in the page cache, and what is far behind it is not")
    void load_partOfAForgottenFile_isInMemory() throws Exception {
        Path file = file();
        forget(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            assumeThat(isLoaded(channel, 0)).as("the kernel keeps the file").isFalse();
            assertThat(files.load(channel, 0, PART)).isTrue();
            assertThat(isLoaded(channel, 0)).isTrue();
            assertThat(isLoaded(channel, BYTES - PART)).isFalse();
        }
    }

    @Test
    @DisplayName("a file that ends within the range is told")
    void load_beyondTheEnd_isFalse() throws Exception {
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.READ)) {
            assertThat(files.load(channel, BYTES - PART, PART)).isTrue();
            assertThat(files.load(channel, BYTES - PART, PART + 1)).isFalse();
            assertThat(files.load(channel, BYTES, 1)).isFalse();
        }
    }

    @Test
    @DisplayName("a null device that was closed, as an interrupt closes channels, is opened again")
    void load_nullDeviceClosed_isOpenedAgain() throws Exception {
        RealFiles.nowhere().close();
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.READ)) {
            assertThat(files.load(channel, 0, PART)).isTrue();
        }
    }
}
