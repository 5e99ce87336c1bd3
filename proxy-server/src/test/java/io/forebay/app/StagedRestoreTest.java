package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a start finds of a staged backup, wherever an earlier one was cut off. */
class StagedRestoreTest {
    @TempDir
    Path data;

    private void write(String path, String text) throws IOException {
        Path file = data.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void old(String in) throws IOException {
        write(in + "store/pack", "old");
        write(in + "forebay.db", "old");
        write(in + "forebay.db-wal", "old");
        write(in + "clean", "old");
    }

    private void fresh(String in) throws IOException {
        write(in + "store/pack", "new");
        write(in + "forebay.db", "new");
    }

    private void isNew() throws IOException {
        StagedRestore.take(data);
        assertThat(data.resolve("store/pack")).hasContent("new");
        assertThat(data.resolve("forebay.db")).hasContent("new");
        assertThat(data.toFile().list()).containsExactlyInAnyOrder("store", "forebay.db");
    }

    @Test
    void take_wholeCopy_replacesWhatWasThere() throws IOException {
        old("");
        fresh("restore.staged/");
        isNew();
    }

    @Test
    void take_cutOffWhileTheOldMovedOut_goesOn() throws IOException {
        old("");
        Files.createDirectories(data.resolve("replaced"));
        Files.move(data.resolve("store"), data.resolve("replaced/store"));
        Files.move(data.resolve("forebay.db"), data.resolve("replaced/forebay.db"));
        fresh("restore.staged/");
        isNew();
    }

    @Test
    void take_cutOffWhileTheNewMovedIn_goesOn() throws IOException {
        old("replaced/");
        fresh("restore.taken/");
        Files.move(data.resolve("restore.taken/store"), data.resolve("store"));
        isNew();
    }

    @Test
    void take_cutOffBeforeTheOldWasRemoved_removesIt() throws IOException {
        old("replaced/");
        fresh("");
        isNew();
    }

    @Test
    void take_backupWithoutADatabase_leavesNoneOfTheOldRows() throws IOException {
        old("");
        write("restore.staged/store/pack", "new");
        StagedRestore.take(data);
        assertThat(data.toFile().list()).containsExactly("store");
        assertThat(data.resolve("store/pack")).hasContent("new");
    }

    @Test
    void take_halfACopy_isRemovedAndWhatIsThereStays() throws IOException {
        old("");
        write("restore.new/store/pack", "ne");
        StagedRestore.take(data);
        assertThat(data.resolve("store/pack")).hasContent("old");
        assertThat(data.toFile().list()).containsExactlyInAnyOrder("store", "forebay.db", "forebay.db-wal", "clean");
    }
}
