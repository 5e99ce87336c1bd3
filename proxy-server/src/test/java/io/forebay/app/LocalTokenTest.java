package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalTokenTest {
    @TempDir
    Path directory;

    @Test
    void create_isReadByTheOwnerAlone_andGoneWhenClosed() throws Exception {
        try (LocalToken token = LocalToken.create(directory)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("local-token"))))
                    .isEqualTo("rw-------");
            assertThat(LocalToken.read(directory)).contains(token.secret());
        }
        assertThat(LocalToken.read(directory)).isEmpty();
    }

    @Test
    void create_overALink_replacesTheLinkAndNotWhereItLeads() throws Exception {
        Path letter = Files.writeString(directory.resolve("letter"), "dear");
        Files.createSymbolicLink(directory.resolve("local-token"), letter);
        try (LocalToken first = LocalToken.create(directory);
                LocalToken second = LocalToken.create(directory)) {
            assertThat(letter).hasContent("dear");
            assertThat(second.secret()).isNotEqualTo(first.secret());
            assertThat(LocalToken.read(directory)).contains(second.secret());
        }
    }

    @Test
    void create_whereNothingCanBeWritten_isASecretThatNobodyKnows() throws Exception {
        Path missing = directory.resolve("missing");
        try (LocalToken token = LocalToken.create(missing)) {
            assertThat(token.secret()).hasSize(43);
            assertThat(LocalToken.read(missing)).isEmpty();
        }
    }

    @Test
    void read_whatIsNoToken_isNothing() throws Exception {
        Files.writeString(directory.resolve("local-token"), "a b\r\nX-Forged: 1");
        assertThat(LocalToken.read(directory)).isEmpty();
    }
}
