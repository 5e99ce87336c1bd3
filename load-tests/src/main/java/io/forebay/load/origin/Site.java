package io.forebay.load.origin;

import io.forebay.load.origin.Resource.Kind;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** From a path to what is there. Indexes are made once, at the start. Safe for use by many threads. */
final class Site {
    private static final Pattern SOURCE = Pattern.compile("([A-Za-z]+)_([0-9.]+)\\.tar\\.gz");
    private static final Pattern ARCHIVED = Pattern.compile("Archive/([A-Za-z]+)/([A-Za-z]+)_0\\.9\\.tar\\.gz");
    private static final Pattern PAGE = Pattern.compile("/simple/([a-z]+)/");
    private static final Pattern WHEEL = Pattern.compile(
            "/packages/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}/([a-z]+)-1\\.([0-9]{1,4})-py3-none-any\\.whl");
    private static final String METADATA = ".metadata";

    /** Pages of the projects that are asked for most: the digests of 400 files are not computed twice. */
    private static final int PAGES_MAX = 2_000;

    private final Catalogue catalogue;
    private final String url;
    private final Map<String, Resource> fixed = new HashMap<>();
    private final Map<Integer, Body> pages = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Body> eldest) {
            return size() > PAGES_MAX;
        }
    };

    Site(Catalogue catalogue, String url) {
        this.catalogue = catalogue;
        this.url = url;
        index(Catalogue.CRAN_TREE, catalogue.cranPackages());
        index(Catalogue.BIOCONDUCTOR_TREE, catalogue.bioconductorPackages());
        fixed.put(
                "/config.yaml", new Resource(Kind.INDEX, "application/yaml", new TextBody(Pages.bioconductorConfig())));
    }

    private void index(String tree, String packages) {
        fixed.put(tree + "PACKAGES", index("text/plain", packages, ""));
        fixed.put(tree + "PACKAGES.gz", index("application/gzip", packages, ".gz"));
    }

    private static Resource index(String mediaType, String packages, String suffix) {
        return new Resource(Kind.INDEX, mediaType, new TextBody(Catalogue.index(packages, suffix)));
    }

    Optional<Resource> find(String path) {
        Resource known = fixed.get(path);
        if (known != null) {
            return Optional.of(known);
        }
        if (path.startsWith(Catalogue.CRAN_TREE)) {
            return source(path.substring(Catalogue.CRAN_TREE.length()), path, 0, Catalogue.CRAN);
        }
        if (path.startsWith(Catalogue.BIOCONDUCTOR_TREE)) {
            String rest = path.substring(Catalogue.BIOCONDUCTOR_TREE.length());
            return source(rest, path, Catalogue.CRAN, Catalogue.BIOCONDUCTOR);
        }
        if (path.startsWith("/simple/")) {
            return page(path);
        }
        return wheel(path);
    }

    private Optional<Resource> source(String rest, String path, int first, int count) {
        Matcher current = SOURCE.matcher(rest);
        Matcher archived = ARCHIVED.matcher(rest);
        if (current.matches()) {
            OptionalInt rank = rank(current.group(1), first, count);
            return rank.isEmpty()
                    ? Optional.empty()
                    : file(
                            first == 0 ? catalogue.cran(rank.getAsInt()) : catalogue.bioconductor(rank.getAsInt()),
                            path);
        }
        if (first == 0 && archived.matches()) {
            OptionalInt rank = rank(archived.group(1), 0, count);
            return rank.isEmpty() ? Optional.empty() : file(catalogue.archived(rank.getAsInt()), path);
        }
        return Optional.empty();
    }

    private static OptionalInt rank(String name, int first, int count) {
        OptionalInt number = Names.number(name);
        boolean there = number.isPresent() && number.getAsInt() >= first && number.getAsInt() < first + count;
        return there ? OptionalInt.of(number.getAsInt() - first) : OptionalInt.empty();
    }

    private static Optional<Resource> file(Artifact file, String path) {
        return file.path().equals(path)
                ? Optional.of(new Resource(Kind.FILE, "application/octet-stream", file.body()))
                : Optional.empty();
    }

    private Optional<Resource> page(String path) {
        String type = "application/vnd.pypi.simple.v1+json";
        if (path.equals("/simple/")) {
            return Optional.of(new Resource(Kind.PAGE, type, new TextBody(Pages.projects(Catalogue.PYPI))));
        }
        Matcher matcher = PAGE.matcher(path);
        OptionalInt rank = matcher.matches() ? rank(matcher.group(1), 0, Catalogue.PYPI) : OptionalInt.empty();
        return rank.isEmpty()
                ? Optional.empty()
                : Optional.of(new Resource(Kind.PAGE, type, page(matcher.group(1), rank.getAsInt())));
    }

    private Body page(String project, int rank) {
        synchronized (pages) {
            return pages.computeIfAbsent(rank, key -> new TextBody(Pages.project(project, catalogue.wheels(key), url)));
        }
    }

    private Optional<Resource> wheel(String path) {
        boolean metadata = path.endsWith(METADATA);
        String wheelPath = metadata ? path.substring(0, path.length() - METADATA.length()) : path;
        Matcher matcher = WHEEL.matcher(wheelPath);
        OptionalInt rank = matcher.matches() ? rank(matcher.group(1), 0, Catalogue.PYPI) : OptionalInt.empty();
        if (rank.isEmpty()) {
            return Optional.empty();
        }
        int release = Integer.parseInt(matcher.group(2));
        if (release >= Catalogue.releases(rank.getAsInt())) {
            return Optional.empty();
        }
        Artifact wheel = catalogue.wheel(rank.getAsInt(), release);
        Optional<Resource> file = file(wheel, wheelPath);
        return metadata
                ? file.map(there -> new Resource(Kind.METADATA, "text/plain", new TextBody(Pages.metadata(wheel))))
                : file;
    }
}
