package io.forebay.model;

import java.time.Instant;
import java.util.Optional;

/**
 * What of an index may be shown.
 *
 * @param before only what was uploaded before this instant; empty for everything
 */
public record View(Optional<Instant> before, Gate gate) {
    /** Decides about single packages while an index is rendered. Pure and fast; safe for use by many threads. */
    public interface Gate {
        /** Whether a package, or one version of it, may be listed. */
        boolean allows(PackageId id);

        /** Whether an answer of {@link #allows} may be no for some version of a package; where not, none has to be asked. */
        boolean isAbout(String ecosystem, String packageName);

        /** Changes whenever an answer of {@link #allows} may have changed. */
        String epoch();

        /** Everything is allowed. */
        static Gate open() {
            return OpenGate.INSTANCE;
        }
    }

    private enum OpenGate implements Gate {
        INSTANCE;

        @Override
        public boolean allows(PackageId id) {
            return true;
        }

        @Override
        public boolean isAbout(String ecosystem, String packageName) {
            return false;
        }

        @Override
        public String epoch() {
            return "";
        }
    }
}
