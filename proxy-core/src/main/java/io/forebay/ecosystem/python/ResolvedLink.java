package io.forebay.ecosystem.python;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A link of a page, resolved as RFC 3986 says and found to lead to a file by HTTP.
 *
 * @param host scheme, host and port
 * @param path decoded segments, none empty, none {@code .} or {@code ..}
 */
record ResolvedLink(URI host, List<String> path, Optional<String> query) {
    /** Longer links are no file's; bounds the work for one. */
    static final int LENGTH_MAX = 8192;

    ResolvedLink {
        path = List.copyOf(path);
    }

    static Optional<ResolvedLink> of(URI base, String reference) {
        Optional<URI> resolved = resolve(base, reference);
        if (resolved.isEmpty()) {
            return Optional.empty();
        }
        URI uri = resolved.get();
        if (uri.getHost() == null || uri.getRawUserInfo() != null || uri.getRawPath() == null) {
            return Optional.empty();
        }
        List<String> path = new ArrayList<>();
        for (String segment : uri.getRawPath().split("/", -1)) {
            String decoded = Percent.decode(segment);
            if (!isSafe(decoded)) {
                return Optional.empty();
            }
            if (!decoded.isEmpty()) {
                path.add(decoded);
            }
        }
        if (path.isEmpty() || uri.getRawPath().endsWith("/")) {
            return Optional.empty();
        }
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        URI host = URI.create(scheme + "://" + uri.getRawAuthority());
        return Optional.of(new ResolvedLink(host, path, Optional.ofNullable(uri.getRawQuery())));
    }

    /** The absolute HTTP URL that a reference means; empty for other schemes and for what no URL can be made of. */
    static Optional<URI> resolve(URI base, String reference) {
        String trimmed = reference.strip();
        if (trimmed.length() > LENGTH_MAX || hasControls(trimmed)) {
            return Optional.empty();
        }
        try {
            URI uri = trimmed.isEmpty() ? base : withoutUser(base).resolve(new URI(Percent.repair(trimmed)));
            String scheme = uri.getScheme();
            boolean http = "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
            return http && !uri.isOpaque() ? Optional.of(uri) : Optional.empty();
        } catch (URISyntaxException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static URI withoutUser(URI base) throws URISyntaxException {
        if (base.getRawUserInfo() == null) {
            return base;
        }
        String text = base.toString();
        return new URI(text.replaceFirst("//[^/@]*@", "//"));
    }

    private static boolean isSafe(String segment) {
        return !segment.equals(".")
                && !segment.equals("..")
                && segment.indexOf('/') < 0
                && segment.indexOf('\\') < 0
                && segment.indexOf(0xfffd) < 0
                && !hasControls(segment);
    }

    private static boolean hasControls(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == 0x7f) {
                return true;
            }
        }
        return false;
    }
}
