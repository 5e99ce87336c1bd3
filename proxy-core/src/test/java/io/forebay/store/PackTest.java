package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a pack is worth compacting. */
class PackTest {
    private static final int LENGTH = 1_600;

    @TempDir
    Path directory;

    @Test
    void startCompaction_moreThanHalfOfASealedPackDead_oneCallerAndAgainWhenASixteenthMoreDied() throws Exception {
        Path path = Files.createFile(directory.resolve("1.pack"));
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            Pack pack = new Pack(1, 0, path, channel, Runnable::run);
            pack.setLength(LENGTH);
            pack.addDead(LENGTH / 2 + 1);
            assertThat(pack.startCompaction()).as("still written to").isFalse();
            pack.seal();
            pack.addDead(-1);
            assertThat(pack.startCompaction()).as("half is not more than half").isFalse();
            pack.addDead(1);
            assertThat(pack.startCompaction()).isTrue();
            assertThat(pack.startCompaction()).isFalse();
            pack.compactionFailed();
            pack.addDead(LENGTH / 16 - 1);
            assertThat(pack.startCompaction()).isFalse();
            pack.addDead(1);
            assertThat(pack.startCompaction()).isTrue();
        }
    }
}
