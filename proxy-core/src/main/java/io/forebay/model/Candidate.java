package io.forebay.model;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One source's way to a resource.
 *
 * @param urls where the origin may have it, asked in order until one is not 404 or 410
 * @param requestHeaders sent to the origin beside Forebay's own (Accept, User-Agent of the platform), names in lower case
 * @param promised what the path itself promises of the bytes; holds only where {@code listing} promises nothing
 * @param listing the index that promises the file's checksum and says whether the source owns the package
 * @param siblings other forms of the same index: they change together with this one and must be of one generation
 * @param dated asked instead when a date is wanted of which no revision is held: the origin's own snapshot
 * @param reader by what an index must be readable before it is believed; empty where any bytes are taken
 */
public record Candidate(
        String source,
        ResourceKey key,
        List<URI> urls,
        Map<String, String> requestHeaders,
        Expectation promised,
        Optional<Listed> listing,
        List<Candidate> siblings,
        Optional<Candidate> dated,
        Optional<ListingReader> reader) {
    public Candidate {
        urls = List.copyOf(urls);
        requestHeaders = Map.copyOf(requestHeaders);
        siblings = List.copyOf(siblings);
        if (urls.isEmpty()) {
            throw new IllegalArgumentException("no URL for " + key);
        }
    }

    /** A resource at one URL of which nothing is known beforehand. */
    public static Candidate of(ResourceKey key, URI url) {
        return new Candidate(
                key.source(),
                key,
                List.of(url),
                Map.of(),
                Expectation.NONE,
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty());
    }

    public Candidate withUrls(List<URI> newUrls) {
        return new Candidate(source, key, newUrls, requestHeaders, promised, listing, siblings, dated, reader);
    }

    public Candidate withRequestHeaders(Map<String, String> newHeaders) {
        return new Candidate(source, key, urls, newHeaders, promised, listing, siblings, dated, reader);
    }

    public Candidate withPromised(Expectation newPromised) {
        return new Candidate(source, key, urls, requestHeaders, newPromised, listing, siblings, dated, reader);
    }

    public Candidate withListing(Listed newListing) {
        return new Candidate(
                source, key, urls, requestHeaders, promised, Optional.of(newListing), siblings, dated, reader);
    }

    public Candidate withSiblings(List<Candidate> newSiblings) {
        return new Candidate(source, key, urls, requestHeaders, promised, listing, newSiblings, dated, reader);
    }

    /** One form of an index among the others, in the source's own snapshot too. */
    public Candidate beside(List<Candidate> others) {
        Candidate among = withSiblings(others);
        return dated.map(own -> among.withDated(own.withSiblings(
                        others.stream().flatMap(other -> other.dated().stream()).toList())))
                .orElse(among);
    }

    /** All forms of an index, this one first, each beside the others. */
    public List<Candidate> forms() {
        List<Candidate> others = siblings.stream()
                .map(form -> form.beside(Stream.concat(Stream.of(this), siblings.stream())
                        .filter(other -> !other.key().equals(form.key()))
                        .toList()))
                .toList();
        return Stream.concat(Stream.of(this), others.stream()).toList();
    }

    public Candidate withDated(Candidate newDated) {
        return new Candidate(
                source, key, urls, requestHeaders, promised, listing, siblings, Optional.of(newDated), reader);
    }

    public Candidate withReader(ListingReader newReader) {
        return new Candidate(
                source, key, urls, requestHeaders, promised, listing, siblings, dated, Optional.of(newReader));
    }
}
