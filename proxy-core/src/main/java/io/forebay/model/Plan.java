package io.forebay.model;

import java.util.List;
import java.util.Optional;

/** What a request means, before anything is looked up: made by an ecosystem, carried out by the cache. */
public sealed interface Plan {
    /** The package that policy is asked about; empty for what belongs to no single package. */
    Optional<PackageId> subject();

    /**
     * The origin's bytes as they are. The first candidate that has the resource is served.
     *
     * @param derivation how to make the resource when no candidate has it
     */
    record Verbatim(
            Nature nature,
            Snapshot snapshot,
            List<Candidate> candidates,
            Optional<PackageId> subject,
            Optional<Derivation> derivation)
            implements Plan {
        public Verbatim {
            candidates = List.copyOf(candidates);
        }
    }

    /** A page computed from revisions of the sources' own pages. */
    record Rendered(
            Snapshot snapshot,
            Selection selection,
            List<Candidate> parts,
            Renderer renderer,
            Optional<PackageId> subject)
            implements Plan {
        public Rendered {
            parts = List.copyOf(parts);
        }
    }

    /** A page too large to build in memory, rewritten while it streams. */
    record Streamed(Snapshot snapshot, List<Candidate> candidates, StreamRenderer renderer) implements Plan {
        public Streamed {
            candidates = List.copyOf(candidates);
        }

        @Override
        public Optional<PackageId> subject() {
            return Optional.empty();
        }
    }

    /**
     * Another spelling of the same thing: 301.
     *
     * @param location relative reference, percent-encoded
     */
    record Redirect(String location) implements Plan {
        @Override
        public Optional<PackageId> subject() {
            return Optional.empty();
        }
    }

    /** Which parts make a rendered page. */
    enum Selection {
        /** The first source that has the page owns the name; the others are not asked. */
        FIRST,
        /** Every source that has the page. */
        ALL
    }

    /**
     * A resource cut out of another one.
     *
     * @param from the artifact that holds it
     */
    record Derivation(Verbatim from, Extractor extractor) {}
}
