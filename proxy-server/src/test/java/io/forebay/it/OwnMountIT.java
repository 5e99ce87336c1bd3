package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.it.FaultStage.File;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real program where a service under {@code ProtectSystem=strict} is: its directories take writes, each a mount of its own,
 * and the file system that they come from and lie in does not.
 */
class OwnMountIT {
    private static final int DISK_MEBIBYTES = 64;

    @TempDir
    private Path temporary;

    @Test
    void server_onlyItsDirectoriesTakeWrites_storesAndBacksUp() throws Exception {
        try (Machine.Mount disk = Machine.mount(temporary.resolve("disk"), DISK_MEBIBYTES);
                Machine.Mount home = own(disk, "home");
                Machine.Mount backup = own(disk, "backup")) {
            Machine.must("mount", "-o", "remount,bind,ro", disk.directory().toString());
            assertThat(Files.isWritable(disk.directory())).isFalse();
            try (FaultStage stage = FaultStage.open(home.directory())) {
                File file = FaultStage.fresh("good", FaultStage.LARGE_KIB);
                stage.kept(file);
                Machine.must(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        ForebayProcess.jar().toString(),
                        "backup",
                        "--url",
                        stage.forebay().url(),
                        backup.directory().toString());
            }
            assertThat(backup.directory().resolve("backup.json")).exists();
        }
    }

    private static Machine.Mount own(Machine.Mount disk, String name) throws Exception {
        Path directory = Files.createDirectory(disk.directory().resolve(name));
        Machine.must("mount", "--bind", directory.toString(), directory.toString());
        return new Machine.Mount(directory);
    }
}
