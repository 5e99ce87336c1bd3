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
        FilePromises.Builder files = new FilePromises.Builder(body.length / 2);
        boolean[] any = new boolean[1];
        PageVisitor promises = new FileLimit(file -> {
            String name = file.urlName();
            any[0] |= !file.hashes().isEmpty() || FileName.parse(name).isPresent();
            files.add(name, new Expectation(checksums(file.hashes()), file.size()));
            file.metadata()
                    .map(SimplePageReader::checksums)
                    .ifPresent(hashes -> files.add(name + METADATA, new Expectation(hashes, OptionalLong.empty())));
        });
        SimplePage.read(head, NOWHERE, body, promises);
        if (!any[0] && !SimplePage.isJson(head, body) && !saysWhatItIs(body)) {
            throw ForebayException.originInvalid(
                    "the origin's page links to no package, and does not say it is an index");
        }
        return files.build();
    }

    /** A project without files has a page too (PEP 629); so has a portal that wants a password first. */
    private static boolean saysWhatItIs(byte[] body) {
        return new String(body, StandardCharsets.ISO_8859_1).contains("pypi:repository-version");
    }

    /** Those that are well formed, SHA-256 first and MD5 last. */
    private static List<Checksum> checksums(Map<String, String> hashes) {
        List<Checksum> checksums = new ArrayList<>(hashes.size());
        for (Map.Entry<String, String> hash : hashes.entrySet()) {
            Algorithm.ofName(hash.getKey())
                    .flatMap(algorithm -> checksum(algorithm, hash.getValue()))
                    .ifPresent(checksums::add);
        }
        if (checksums.size() > 1) {
            checksums.sort(Comparator.comparing(checksum -> trust(checksum.algorithm())));
        }
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
}
