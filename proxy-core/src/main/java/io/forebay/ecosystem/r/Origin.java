package io.forebay.ecosystem.r;

import io.forebay.model.Candidate;
import io.forebay.model.Expectation;
import io.forebay.model.ListingReader;
import io.forebay.model.ResourceKey;
import io.forebay.model.Snapshot;
import io.forebay.model.Source;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One source as one request sees it: joins paths to its URL and knows on what beside the path its answer depends.
 *
 * @param platform of the client, where the client told it
 * @param query as it came; what an ordinary path has of it means nothing
 */
record Origin(Source source, Snapshot snapshot, Optional<Platform> platform, Optional<String> query) {
    /** Name of the directory in which origins with binaries for Linux keep a tree for each distribution. */
    static final String LINUX = "__linux__";

    private static final Pattern SNAPSHOT = Pattern.compile("latest|[0-9]{4}-[0-9]{2}-[0-9]{2}");
    private static final BitSet UNESCAPED = new BitSet();

    static {
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@"
                .chars()
                .forEach(UNESCAPED::set);
    }

    /** Whether the client's platform decides which bytes the path means. */
    boolean negotiates(RPath path) {
        return path.tree().equals(Optional.of(Tree.LINUX))
                || path.segments().contains(LINUX)
                || source.url().getPath().contains("/" + LINUX + "/");
    }

    /** An index or a page in its newest state and, where the source has snapshots of its own, in that of the date. */
    Candidate page(RPath path) {
        Candidate newest = newest(path, List.of(url(path)));
        return datedUrl(path)
                .map(url -> newest.withDated(new Candidate(
                        source.name(),
                        key(path, snapshot.date().orElseThrow().toString()),
                        List.of(url),
                        newest.requestHeaders(),
                        newest.promised(),
                        Optional.empty(),
                        List.of(),
                        Optional.empty(),
                        newest.reader())))
                .orElse(newest);
    }

    /** One form of an index, with the other two beside it. */
    Candidate index(RPath path) {
        List<Candidate> others = Arrays.stream(PackagesForm.values())
                .map(path::withForm)
                .filter(other -> !other.equals(path))
                .map(this::form)
                .toList();
        return form(path).beside(others);
    }

    /** The index of a path's directory, in all forms. */
    List<Candidate> indexes(RPath path) {
        return index(path.index(PackagesForm.GZIP)).forms();
    }

    /** An index that is read before it is believed; by the reader of its files, where these have one. */
    private Candidate form(RPath path) {
        ListingReader reader = path.tree()
                .filter(tree -> !negotiates(path))
                .map(PackagesListingReader::of)
                .orElseGet(PackagesListingReader::namesOnly);
        Candidate page = page(path).withReader(reader);
        return page.dated()
                .map(dated -> page.withDated(dated.withReader(reader)))
                .orElse(page);
    }

    /** A package file: in its tree or in the archive, at last in the source's snapshot of the date. */
    Candidate artifact(RPath path) {
        boolean negotiated = negotiates(path);
        List<URI> urls = new ArrayList<>();
        for (RPath place : negotiated ? List.of(path) : path.places()) {
            urls.add(url(place));
        }
        datedUrl(path).ifPresent(urls::add);
        return newest(negotiated ? path : path.current(), urls);
    }

    private Candidate newest(RPath path, List<URI> urls) {
        Map<String, String> headers = platform.filter(unused -> negotiates(path))
                .map(known -> Map.of("user-agent", known.userAgent()))
                .orElse(Map.of());
        return new Candidate(
                source.name(),
                key(path, ""),
                urls,
                headers,
                Expectation.NONE,
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty());
    }

    private ResourceKey key(RPath path, String date) {
        String variant = platform.filter(unused -> negotiates(path))
                .map(Platform::variant)
                .orElse("");
        return new ResourceKey(source.name(), encode(path) + queryOf(path), (variant + " " + date).strip());
    }

    private URI url(RPath path) {
        return URI.create(base(path) + "/" + encode(path) + queryOf(path));
    }

    private Optional<URI> datedUrl(RPath path) {
        if (snapshot.date().isEmpty() || path.segments().contains(LINUX)) {
            return Optional.empty();
        }
        String date = snapshot.date().orElseThrow().toString();
        return source.datedUrl()
                .map(template -> URI.create(
                        template.replace("{date}", date).replaceAll("/+$", "") + "/" + encode(path) + queryOf(path)));
    }

    /**
     * Where the path is joined to. A source whose URL ends in a snapshot's name has the trees of its distributions beside
     * that snapshot, and its status beside the repositories.
     */
    private String base(RPath path) {
        String base = source.url().toString();
        String first = path.segments().isEmpty() ? "" : path.segments().get(0);
        boolean above = first.equals(LINUX) || first.equals("__api__");
        if (above && SNAPSHOT.matcher(base.substring(base.lastIndexOf('/') + 1)).matches()) {
            return first.equals(LINUX) ? parent(base) : parent(parent(base));
        }
        return base;
    }

    private String parent(String base) {
        int slash = base.lastIndexOf('/');
        return slash >= source.authority().toString().length() ? base.substring(0, slash) : base;
    }

    private String queryOf(RPath path) {
        return query.filter(unused -> negotiates(path))
                .map(BinaryQuery::canonical)
                .orElse("");
    }

    private static String encode(RPath path) {
        StringBuilder encoded = new StringBuilder();
        for (String segment : path.segments()) {
            if (!encoded.isEmpty()) {
                encoded.append('/');
            }
            if (isPlain(segment)) {
                encoded.append(segment);
                continue;
            }
            for (byte octet : segment.getBytes(StandardCharsets.UTF_8)) {
                if (octet > 0 && UNESCAPED.get(octet)) {
                    encoded.append((char) octet);
                } else {
                    encoded.append('%').append(String.format("%02X", octet));
                }
            }
        }
        return path.directory() && !encoded.isEmpty() ? encoded.append('/').toString() : encoded.toString();
    }

    private static boolean isPlain(String segment) {
        for (int i = 0; i < segment.length(); i++) {
            if (!UNESCAPED.get(segment.charAt(i))) {
                return false;
            }
        }
        return true;
    }
}
