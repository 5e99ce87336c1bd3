package io.forebay.admin;

import java.time.Instant;
import java.util.Optional;

/**
 * How a source does.
 *
 * @param open whether its circuit is open: it is not asked until {@code retryAt}
 * @param lastError empty when there was none
 */
public record SourceHealth(
        String name,
        String url,
        boolean open,
        Optional<Instant> retryAt,
        Optional<Instant> lastSuccess,
        Optional<Instant> lastFailure,
        String lastError) {}
