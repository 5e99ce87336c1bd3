package io.forebay.ecosystem.python;

import io.forebay.model.Candidate;
import io.forebay.model.ResourceKey;
import io.forebay.model.Snapshot;
import io.forebay.model.Source;
import java.net.URI;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Where one source keeps its pages and files: the only place that knows the layout of an origin. Immutable.
 *
 * <p>Files whose path begins with {@code packages/} on the source's first file host are {@code packages/...} here too, so
 * that the URLs of lock files stay what PyPI's users know; files of every other allowed host are {@code files/<host>/...}.
 */
final class PypiOrigin {
    private static final String PACKAGES = "packages";
    private static final String PACKAGES_BELOW = PACKAGES + "/";

    private final Source source;
    private final URI firstHost;
    /** {@code host[:port]} to {@code scheme://host[:port]}, in order of preference. */
    private final Map<String, URI> hosts;

    PypiOrigin(Source source) {
        this.source = source;
        this.hosts = new LinkedHashMap<>();
        for (URI host : source.fileHosts()) {
            hosts.putIfAbsent(hostAndPort(host), withoutUser(host));
        }
        hosts.putIfAbsent(hostAndPort(source.authority()), withoutUser(source.authority()));
        this.firstHost = hosts.values().iterator().next();
    }

    String name() {
        return source.name();
    }

    /** Names everything that decides how links of this source's pages are rewritten. */
    String id() {
        return source.name() + hosts.keySet();
    }

    URI firstHost() {
        return firstHost;
    }

    Optional<URI> host(String hostAndPort) {
        return Optional.ofNullable(hosts.get(hostAndPort.toLowerCase(Locale.ROOT)));
    }

    /** The page of a project, in whatever form the origin has it best. */
    Candidate page(String project, Snapshot snapshot) {
        String path = "simple/" + project + "/";
        Candidate page = page(ResourceKey.of(name(), path), source.url().toString(), project + "/")
                .withReader(SimplePageReader.INSTANCE);
        Optional<LocalDate> date = snapshot.date();
        if (source.datedUrl().isEmpty() || date.isEmpty()) {
            return page;
        }
        String day = date.get().toString();
        String base = source.datedUrl().get().replace("{date}", day);
        return page.withDated(
                page(new ResourceKey(name(), path, day), base, project + "/").withReader(SimplePageReader.INSTANCE));
    }

    /** The list of all projects. */
    Candidate projects() {
        return page(ResourceKey.of(name(), "simple/"), source.url().toString(), "");
    }

    private static Candidate page(ResourceKey key, String base, String below) {
        String root = isIndexRoot(base) ? base : base + "/simple";
        return Candidate.of(key, URI.create(root + "/" + below))
                .withRequestHeaders(Map.of("accept", SimpleForm.ORIGIN_ACCEPT));
    }

    /** A resource of the origin that is not of the simple API. */
    Candidate beside(List<String> segments, String accept) {
        String base = source.url().toString();
        String root = isIndexRoot(base) ? base.substring(0, base.lastIndexOf('/')) : base;
        return Candidate.of(
                        ResourceKey.of(name(), String.join("/", segments)),
                        URI.create(root + "/" + Percent.encode(segments)))
                .withRequestHeaders(Map.of("accept", accept));
    }

    /** The file at a path of an allowed host. */
    Candidate file(URI host, List<String> path, Optional<String> query) {
        String encoded = Percent.encode(path);
        URI url = URI.create(host + "/" + encoded + query.map(q -> "?" + q).orElse(""));
        String variant = query.map(q -> "?" + q).orElse("");
        return Candidate.of(new ResourceKey(name(), key(host, path), variant), url);
    }

    /** Where the repository has a file that a page links to; empty when its host is not allowed or its path is no file's. */
    Optional<FileLink> link(URI base, String reference, String up) {
        Optional<FileLink> plain = plainLink(base, reference, up);
        return plain.isPresent() ? plain : ResolvedLink.of(base, reference).flatMap(resolved -> link(resolved, up));
    }

    /**
     * What nearly every page has, without a URI made for each of its files: a URL of an allowed host, or a path, in characters that
     * have one spelling. Empty for all others.
     */
    private Optional<FileLink> plainLink(URI base, String reference, String up) {
        for (URI host : hosts.values()) {
            String root = host.toString();
            if (reference.startsWith(root) && reference.startsWith("/", root.length())) {
                return isPlainPath(reference, root.length() + 1)
                        ? Optional.of(linkTo(host, reference.substring(root.length() + 1), up))
                        : Optional.empty();
            }
        }
        URI host = hosts.get(hostAndPort(base));
        return host == null
                ? Optional.empty()
                : plainPath(base.getRawPath(), reference).map(path -> linkTo(host, path, up));
    }

    private FileLink linkTo(URI host, String path, String up) {
        if (host.equals(firstHost) && path.startsWith(PACKAGES_BELOW)) {
            return new FileLink(up + path, path, true);
        }
        String hostName = hostAndPort(host);
        return new FileLink(up + "files/" + Percent.encode(hostName) + "/" + path, "//" + hostName + "/" + path, true);
    }

    /** A path from the root, or up from the base and down again: RFC 3986, 5.2.4. */
    private static Optional<String> plainPath(String base, String reference) {
        if (reference.startsWith("/")) {
            return isPlainPath(reference, 1) ? Optional.of(reference.substring(1)) : Optional.empty();
        }
        if (base.contains("/.") || base.contains("//")) {
            return Optional.empty();
        }
        int end = base.lastIndexOf('/');
        int down = 0;
        while (end > 0 && reference.startsWith("../", down)) {
            end = base.lastIndexOf('/', end - 1);
            down += 3;
        }
        String path = base.substring(0, end + 1) + reference.substring(down);
        return path.startsWith("/") && isPlainPath(path, 1) ? Optional.of(path.substring(1)) : Optional.empty();
    }

    private Optional<FileLink> link(ResolvedLink resolved, String up) {
        String hostName = hostAndPort(resolved.host());
        URI host = hosts.get(hostName);
        if (host == null) {
            return Optional.empty();
        }
        String key = key(host, resolved.path());
        String path = Percent.encode(resolved.path());
        Optional<String> query = resolved.query();
        String href = key.startsWith("//") || query.isPresent()
                ? up + "files/" + Percent.encode(hostName) + "/" + path
                : up + path;
        return Optional.of(new FileLink(href + query.map(q -> "?" + q).orElse(""), key, query.isEmpty()));
    }

    private String key(URI host, List<String> path) {
        String joined = String.join("/", path);
        boolean packages =
                host.equals(firstHost) && path.size() > 1 && path.get(0).equals(PACKAGES);
        return packages ? joined : "//" + hostAndPort(host) + "/" + joined;
    }

    /** Whether a reference goes on in whole segments of characters that every URL has the same spelling of. */
    private static boolean isPlainPath(String reference, int from) {
        if (reference.length() > ResolvedLink.LENGTH_MAX) {
            return false;
        }
        char last = '/';
        for (int i = from; i < reference.length(); i++) {
            char c = reference.charAt(i);
            boolean fits = (c == '/' || c == '.') ? last != '/' : Percent.isPlain(c);
            if (!fits) {
                return false;
            }
            last = c;
        }
        return last != '/';
    }

    private static boolean isIndexRoot(String url) {
        return url.endsWith("/simple") || url.endsWith("/+simple");
    }

    /** {@code host[:port]}, the port only where it is not the scheme's own. */
    private static String hostAndPort(URI uri) {
        String host = uri.getHost() == null ? uri.getRawAuthority() : uri.getHost();
        int own = "http".equalsIgnoreCase(uri.getScheme()) ? 80 : 443;
        boolean named = uri.getPort() >= 0 && uri.getPort() != own;
        return (named ? host + ":" + uri.getPort() : host).toLowerCase(Locale.ROOT);
    }

    private static URI withoutUser(URI uri) {
        return URI.create(uri.getScheme().toLowerCase(Locale.ROOT) + "://" + hostAndPort(uri));
    }
}
