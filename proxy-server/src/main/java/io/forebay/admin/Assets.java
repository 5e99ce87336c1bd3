package io.forebay.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The few files beside the pages, read once. Immutable, safe for use by many threads; nobody changes the arrays. */
final class Assets {
    private static final Map<String, String> TYPES = Map.of(
            "pages.css", "text/css; charset=utf-8",
            "pages.js", "text/javascript; charset=utf-8",
            "icon.svg", "image/svg+xml");

    private final Map<String, Asset> byName = new LinkedHashMap<>();
    private final String version;

    Assets() {
        MessageDigest digest = sha256();
        TYPES.keySet().stream().sorted().forEach(name -> {
            byte[] body = read(name);
            digest.update(body);
            byName.put(name, new Asset(TYPES.getOrDefault(name, ""), body));
        });
        version = HexFormat.of().formatHex(digest.digest(), 0, 6);
    }

    /** One file. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Asset(String contentType, byte[] body) {}

    Optional<Asset> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** Changes with any of the files: links carry it, so that browsers may keep them for ever. */
    String version() {
        return version;
    }

    private static byte[] read(String name) {
        try (InputStream in = Assets.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its file " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
