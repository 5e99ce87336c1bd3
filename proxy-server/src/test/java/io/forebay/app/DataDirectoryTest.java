package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    @TempDir
    Path temporary;

    @Test
    void open_missing_isMadeWithItsParents() {
        try (DataDirectory directory = DataDirectory.open(temporary.resolve("a/b"))) {
            assertThat(directory.path()).isDirectory().isAbsolute();
            assertThat(directory.database().getParent()).isEqualTo(directory.path());
        }
    }

    @Test
    void open_inUse_saysByWhom() {
        try (DataDirectory directory = DataDirectory.open(temporary)) {
            assertThatThrownBy(() -> DataDirectory.open(temporary))
                    .isInstanceOf(StartFailure.class)
                    .hasMessage("data-dir %s is in use by another Forebay (process %d)"
                            .formatted(directory.path(), ProcessHandle.current().pid()));
        }
    }

    @Test
    void open_afterClose_isFree() {
        DataDirectory.open(temporary).close();
        try (DataDirectory again = DataDirectory.open(temporary)) {
            assertThat(again.path()).isDirectory();
        }
    }

    @Test
    void open_file_isNoDirectory() throws IOException {
        Path file = Files.createFile(temporary.resolve("file"));
        assertThatThrownBy(() -> DataDirectory.open(file))
                .isInstanceOf(StartFailure.class)
                .hasMessage("data-dir " + file + " is not a directory");
    }

    @Test
    void open_whereNobodyMayWrite_saysSo() {
        Path impossible = Path.of("/proc/forebay");
        assertThatThrownBy(() -> DataDirectory.open(impossible))
                .isInstanceOf(StartFailure.class)
                .hasMessageStartingWith("data-dir /proc/forebay cannot be made: ");
    }

    @Test
    void open_lockFileCannotBeMade_saysSo() throws IOException {
        Files.createDirectory(temporary.resolve("forebay.lock"));
        assertThatThrownBy(() -> DataDirectory.open(temporary))
                .isInstanceOf(StartFailure.class)
                .hasMessageStartingWith("data-dir " + temporary + " cannot be written: ");
    }
}
