package io.forebay.admin;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * Who is an administrator by being on the server's machine.
 *
 * @param loopback whether a connection from the loopback shows it; not where a reverse proxy may stand, whose connections come
 *     from there as well
 * @param secret what only users of the machine that may read the data can know
 */
public record LocalAccess(boolean loopback, String secret) {
    public LocalAccess {
        if (secret.isEmpty()) {
            throw new IllegalArgumentException("an empty secret is known to everybody");
        }
    }

    /** Takes the same time however much of a wrong secret is right. */
    boolean isSecret(String shown) {
        return MessageDigest.isEqual(secret.getBytes(StandardCharsets.UTF_8), shown.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return "LocalAccess[loopback=" + loopback + "]";
    }
}
