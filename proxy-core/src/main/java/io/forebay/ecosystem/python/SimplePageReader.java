package io.forebay.ecosystem.python;

import io.forebay.model.Algorithm;
import io.forebay.model.Checksum;
import io.forebay.model.Expectation;
import io.forebay.model.ForebayException;
import io.forebay.model.Head;
import io.forebay.model.Listing;
import io.forebay.model.ListingReader;
import io.forebay.model.ResourceKey;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads what a project's page promises of its files: hashes and size of {@code <file>}, hashes of {@code <file>.metadata}.
 * Files go by the last segment of their URL, since a request has nothing else.
 */
final class SimplePageReader implements ListingReader {
    static final SimplePageReader INSTANCE = new SimplePageReader();

    private static final String METADATA = ".metadata";
    /** Links are only cut at their last slash here, so any base will do. */
    private static final URI NOWHERE = URI.create("http://localhost/");

    private SimplePageReader() {}

    @Override
    public String id() {
        return "python-simple-page/1";
    }

    /** What simple servers beside PyPI write. */
    @Override
    public Set<Algorithm> algorithms() {
        return Set.of(Algorithm.MD5);
    }

    @Override
    public Listing read(ResourceKey key, Head head, byte[] body) {
        Map<String, Expectation> files = new HashMap<>();
        boolean[] any = new boolean[1];
        PageVisitor promises = new FileLimit(file -> {
            String name = file.urlName();
            any[0] |= !file.hashes().isEmpty() || FileName.parse(name).isPresent();
            put(files, name, new Expectation(checksums(file.hashes()), file.size()));
            file.metadata()
                    .map(SimplePageReader::checksums)
                    .ifPresent(hashes -> put(files, name + METADATA, new Expectation(hashes, OptionalLong.empty())));
        });
        SimplePage.read(head, NOWHERE, body, promises);
        if (!any[0] && !SimplePage.isJson(head, body) && !saysWhatItIs(body)) {
            throw ForebayException.originInvalid(
                    "the origin's page links to no package, and does not say it is an index");
        }
        return new Files(Map.copyOf(files));
    }

    /** A project without files has a page too (PEP 629); so has a portal that wants a password first. */
    private static boolean saysWhatItIs(byte[] body) {
        return new String(body, StandardCharsets.ISO_8859_1).contains("pypi:repository-version");
    }

    private static void put(Map<String, Expectation> files, String name, Expectation expectation) {
        if (!expectation.isNone()) {
            files.putIfAbsent(name, expectation);
        }
    }

    /** Those that are well formed, SHA-256 first and MD5 last. */
    private static List<Checksum> checksums(Map<String, String> hashes) {
        List<Checksum> checksums = new ArrayList<>(hashes.size());
        hashes.forEach((name, hex) -> Algorithm.ofName(name)
                .flatMap(algorithm -> checksum(algorithm, hex))
                .ifPresent(checksums::add));
        checksums.sort(Comparator.comparing(checksum -> trust(checksum.algorithm())));
        return checksums;
    }

    private static Optional<Checksum> checksum(Algorithm algorithm, String hex) {
        try {
            return Optional.of(new Checksum(algorithm, hex));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static int trust(Algorithm algorithm) {
        return switch (algorithm) {
            case SHA256 -> 0;
            case SHA1 -> 2;
            case MD5 -> 3;
            default -> 1;
        };
    }

    private record Files(Map<String, Expectation> files) implements Listing {
        /** Of one entry with its name, one checksum and their objects. */
        private static final int ENTRY_BYTES = 400;

        /** The page is the project's own. */
        @Override
        public boolean owns(String packageName) {
            return true;
        }

        @Override
        public Optional<Expectation> expectation(String file) {
            return Optional.ofNullable(files.get(file));
        }

        @Override
        public long weight() {
            return 64L + (long) files.size() * ENTRY_BYTES;
        }
    }
}
