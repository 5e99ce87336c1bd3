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
     * @param companion a resource with a derivation from this one: made as soon as this one is stored, where the index does not
     *     list it, so that it can be advertised
     */
    record Verbatim(
            Nature nature,
            Snapshot snapshot,
            List<Candidate> candidates,
            Optional<PackageId> subject,
            Optional<Derivation> derivation,
            Optional<Verbatim> companion)
            implements Plan {
        public Verbatim {
            candidates = List.copyOf(candidates);
        }

        /** A resource without a companion. */
        public Verbatim(
                Nature nature,
                Snapshot snapshot,
                List<Candidate> candidates,
                Optional<PackageId> subject,
                Optional<Derivation> derivation) {
            this(nature, snapshot, candidates, subject, derivation, Optional.empty());
        }

        /** The same with a companion. */
        public Verbatim with(Verbatim newCompanion) {
            return new Verbatim(nature, snapshot, candidates, subject, derivation, Optional.of(newCompanion));
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
