package io.forebay.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;

/**
 * Whose a data directory is. A command that works in it as somebody else (root, mostly) would leave files there that the server
 * cannot open at its next start.
 */
final class Ownership {
    /** Its owner is who runs this process. */
    private static final Path PROCESS = Path.of("/proc/self");

    private Ownership() {}

    /** @throws WrongUse when the directory, or what it would be made in, is not of who runs this process */
    static void check(Path data, String command) {
        Optional<UserPrincipal> self = owner(PROCESS);
        if (self.isPresent()) {
            check(data, self.get(), command);
        }
    }

    /**
     * The same for anybody. A new directory may be made wherever one may write; but root may everywhere, so for root it must be
     * in a directory of its own.
     */
    static void check(Path data, UserPrincipal self, String command) {
        Path path = data.toAbsolutePath().normalize();
        boolean isThere = Files.exists(path);
        if (!isThere && !self.getName().equals("root")) {
            return;
        }
        Path owned = isThere ? marked(path) : existing(path);
        owner(owned).filter(owner -> !owner.equals(self)).ifPresent(owner -> {
            throw new WrongUse(
                    "data-dir " + path + ": " + owned + " belongs to " + owner.getName() + ", who could not use what "
                            + self.getName() + " writes; run as the owner: sudo -u " + owner.getName() + " " + command);
        });
    }

    /** The file that the server made says more than its directory, which may have been made for it by somebody else. */
    private static Path marked(Path data) {
        Path lock = data.resolve(DataDirectory.LOCK_FILE);
        return Files.exists(lock) ? lock : data;
    }

    private static Path existing(Path path) {
        Path at = path;
        while (!Files.exists(at) && at.getParent() != null) {
            at = at.getParent();
        }
        return at;
    }

    /** Empty where nobody can say: no {@code /proc}, a file system without owners. */
    private static Optional<UserPrincipal> owner(Path path) {
        try {
            return Optional.of(Files.getOwner(path));
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.empty();
        }
    }
}
