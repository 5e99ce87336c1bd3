package io.forebay.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.it.FaultStage.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
                List<String> command = Jvm.command();
                command.addAll(List.of(
                        "backup",
                        "--url",
                        stage.forebay().url(),
                        backup.directory().toString()));
                Machine.must(command.toArray(String[]::new));
            }
            assertThat(backup.directory().resolve("backup.json")).exists();
        }
    }

    @Test
    void start_emptyDirectoryThatTakesNoWrites_saysWhatToDo() throws Exception {
        try (Machine.Mount disk = Machine.mount(temporary.resolve("disk"), DISK_MEBIBYTES)) {
            Path data = Files.createDirectory(disk.directory().resolve("data"));
            Machine.must("mount", "-o", "remount,ro", disk.directory().toString());
            List<String> command = Jvm.command();
            command.addAll(List.of("serve", "--data-dir", data.toString()));
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).isEqualTo(1);
            assertThat(said)
                    .isEqualTo("forebay: data-dir " + data
                            + " is empty and read-only: is it in the unit's ReadWritePaths?\n");
        }
    }

    private static Machine.Mount own(Machine.Mount disk, String name) throws Exception {
        Path directory = Files.createDirectory(disk.directory().resolve(name));
        Machine.must("mount", "--bind", directory.toString(), directory.toString());
        return new Machine.Mount(directory);
    }
}
