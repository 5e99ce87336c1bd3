package io.forebay.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;

/** What a source's own authority is told about who asks (RFC 7617, RFC 6750). Never printed. */
public final class Credentials {
    private final String authorization;

    private Credentials(String authorization) {
        if (!authorization.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
            throw new IllegalArgumentException("credentials hold a character that no header may hold");
        }
        this.authorization = authorization;
    }

    public static Credentials basic(String user, String password) {
        if (user.indexOf(':') >= 0) {
            throw new IllegalArgumentException("a user name for basic authentication holds no colon");
        }
        return new Credentials("Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8)));
    }

    public static Credentials bearer(String token) {
        if (token.isEmpty() || token.indexOf(' ') >= 0) {
            throw new IllegalArgumentException("a bearer token is one word");
        }
        return new Credentials("Bearer " + token);
    }

    /** Value of the Authorization field. */
    String authorization() {
        return authorization;
    }

    @Override
    public String toString() {
        return "***";
    }
}
