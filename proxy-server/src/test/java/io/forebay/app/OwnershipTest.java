package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may work on the data of a stopped server. */
class OwnershipTest {
    @TempDir
    Path home;

    private static UserPrincipal user(String name) throws IOException {
        return Path.of("/").getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(name);
    }

    private UserPrincipal other() throws IOException {
        return user(Files.getOwner(home).getName().equals("daemon") ? "root" : "daemon");
    }

    @Test
    void data_ofAnother_isRefusedWithTheCommandToRun() throws IOException {
        String owner = Files.getOwner(home).getName();
        assertThatThrownBy(() -> Ownership.check(home, other(), "forebay verify"))
                .isInstanceOf(WrongUse.class)
                .message()
                .hasLineCount(1)
                .contains(home + " belongs to " + owner)
                .endsWith("run as the owner: sudo -u " + owner + " forebay verify");
    }

    @Test
    void data_ofOneself_isFine() throws IOException {
        Ownership.check(home, Files.getOwner(home), "forebay verify");
        Files.createFile(home.resolve("forebay.lock"));
        assertThatCode(() -> Ownership.check(home, "forebay verify")).doesNotThrowAnyException();
    }

    @Test
    void newData_isMadeByWhoMay_butByRootOnlyInItsOwn() throws IOException {
        UserPrincipal self = Files.getOwner(home);
        Path data = home.resolve("a/b");
        assertThatCode(() -> Ownership.check(data, user("daemon"), "forebay restore"))
                .doesNotThrowAnyException();
        if (self.equals(user("root"))) {
            assertThatCode(() -> Ownership.check(data, self, "forebay restore")).doesNotThrowAnyException();
        } else {
            assertThatThrownBy(() -> Ownership.check(data, user("root"), "forebay restore"))
                    .isInstanceOf(WrongUse.class);
        }
    }

    @Test
    void commands_byRootOnDataOfAnother_areTwoAndChangeNothing() throws Exception {
        assumeTrue(Files.getOwner(home).equals(user("root")), "only root can give files away");
        try (Running server = new Running(Files.createDirectories(home.resolve("a")))) {
            server.run("backup", home.resolve("backup").toString());
            server.run("export", home.resolve("export").toString());
            server.stop();
            Files.setOwner(server.data().resolve("forebay.lock"), user("daemon"));
            for (String command : List.of("verify", "gc", "backup", "export", "import")) {
                List<String> words = command.length() < 5 || command.equals("verify")
                        ? List.of(command)
                        : List.of(
                                command,
                                home.resolve(command.equals("import") ? "export" : command)
                                        .toString());
                isRefused(server.runOnData(words.toArray(String[]::new)), command);
            }
            Path empty = Files.createDirectories(home.resolve("empty"));
            Files.setOwner(empty, user("daemon"));
            Path file = Files.writeString(home.resolve("empty.toml"), "data-dir = \"" + empty + "\"\n");
            isRefused(
                    Running.command(
                            "restore",
                            "--config",
                            file.toString(),
                            home.resolve("backup").toString()),
                    "restore");
            assertThat(empty).isEmptyDirectory();
        }
    }

    private static void isRefused(Running.Ran ran, String command) {
        assertThat(ran.err()).hasLineCount(1).contains("sudo -u daemon forebay " + command);
        assertThat(ran.status()).isEqualTo(2);
    }
}
