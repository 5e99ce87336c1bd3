package io.forebay.ecosystem.python;

import io.forebay.model.Algorithm;
import io.forebay.model.Candidate;
import io.forebay.model.Checksum;
import io.forebay.model.Expectation;
import io.forebay.model.ForebayException;
import io.forebay.model.Listed;
import io.forebay.model.Nature;
import io.forebay.model.PackageId;
import io.forebay.model.Plan;
import io.forebay.model.Snapshot;
import io.forebay.model.Target;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Plans files. Their URLs say everything that is needed to fetch, check and gate them without a page having been asked for:
 * the project and version by the file's name, the page that lists it by the project, and the BLAKE2b of the bytes where the
 * path is made as PyPI makes it. What is fetched under a date is the same as without: files never change.
 */
final class FilePlans {
    private static final String METADATA = ".metadata";
    private static final String SIGNATURE = ".asc";

    private static final Pattern BLAKE2B_PATH =
            Pattern.compile("packages/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{60})/[^/]+");

    private FilePlans() {}

    static Plan plan(Target target, PypiOrigins origins) {
        if (target.directory() || target.segments().size() < 2) {
            throw ForebayException.notFound("a directory of files is not listed");
        }
        List<Place> places = target.segments().get(0).equals("files")
                ? onNamedHost(target, origins)
                : onFirstHosts(target.segments(), origins);
        String name = target.segments().get(target.segments().size() - 1);
        boolean metadata = name.endsWith(METADATA);
        String artifact = metadata
                ? name.substring(0, name.length() - METADATA.length())
                : name.endsWith(SIGNATURE) ? name.substring(0, name.length() - SIGNATURE.length()) : name;
        Optional<FileName> known = FileName.parse(artifact);
        if (known.filter(FileName::wheel).isEmpty() || (!metadata && !name.equals(artifact))) {
            return verbatim(places, name, known, Optional.empty());
        }
        Plan.Verbatim wheel = verbatim(renamed(places, artifact), artifact, known, Optional.empty());
        Plan.Derivation cut =
                new Plan.Derivation(wheel, new WheelMetadata(known.get().project()));
        Plan.Verbatim beside =
                verbatim(renamed(places, artifact + METADATA), artifact + METADATA, known, Optional.of(cut));
        return metadata ? beside : wheel.with(beside);
    }

    private static List<Place> renamed(List<Place> places, String name) {
        return places.stream().map(place -> place.renamed(name)).toList();
    }

    private static Plan.Verbatim verbatim(
            List<Place> places, String name, Optional<FileName> known, Optional<Plan.Derivation> derivation) {
        Optional<PackageId> subject = known.map(FileName::id);
        List<Candidate> candidates = new ArrayList<>();
        for (Place place : places) {
            Candidate candidate = place.origin.file(place.host, place.path, place.query);
            candidate = candidate.withPromised(promised(candidate.key().path(), name));
            if (known.isPresent()) {
                String project = known.get().project();
                Candidate page = place.origin.page(project, Snapshot.LATEST);
                candidate = candidate.withListing(new Listed(List.of(page), SimplePageReader.INSTANCE, project, name));
            }
            candidates.add(candidate);
        }
        return new Plan.Verbatim(Nature.ARTIFACT, Snapshot.LATEST, candidates, subject, derivation);
    }

    /** What PyPI's path promises, which is the artifact's hash: nothing of what lies beside the artifact. */
    private static Expectation promised(String key, String name) {
        Matcher path = BLAKE2B_PATH.matcher(key);
        if (name.endsWith(METADATA) || name.endsWith(SIGNATURE) || !path.matches()) {
            return Expectation.NONE;
        }
        return Expectation.of(new Checksum(Algorithm.BLAKE2B_256, path.group(1) + path.group(2) + path.group(3)));
    }

    private static List<Place> onFirstHosts(List<String> path, PypiOrigins origins) {
        List<Place> places = new ArrayList<>();
        for (PypiOrigin origin : origins) {
            places.add(new Place(origin, origin.firstHost(), path, Optional.empty()));
        }
        return places;
    }

    private static List<Place> onNamedHost(Target target, PypiOrigins origins) {
        List<String> segments = target.segments();
        String named = segments.get(1);
        List<String> path = segments.subList(2, segments.size());
        List<Place> places = new ArrayList<>();
        for (PypiOrigin origin : origins) {
            origin.host(named).ifPresent(host -> places.add(new Place(origin, host, path, query(target))));
        }
        if (places.isEmpty() || path.isEmpty()) {
            throw ForebayException.notFound("no source of this repository has files on that host");
        }
        return places;
    }

    private static Optional<String> query(Target target) {
        return target.query().filter(query -> !query.isEmpty()).map(Percent::repair);
    }

    /** Where a file lies at an origin. */
    private record Place(PypiOrigin origin, URI host, List<String> path, Optional<String> query) {
        Place renamed(String name) {
            List<String> other = new ArrayList<>(path.subList(0, path.size() - 1));
            other.add(name);
            return new Place(origin, host, other, query);
        }
    }
}
