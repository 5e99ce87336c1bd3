package io.forebay.cache;

import io.forebay.model.Algorithm;
import io.forebay.model.Expectation;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import reactor.core.publisher.Mono;

/**
 * What is promised of a body.
 *
 * @param known before its first byte
 * @param late what the index promises that is fetched beside the body, because none was held
 * @param algorithms by which either may promise, beside SHA-256
 */
record Promise(Expectation known, Optional<Mono<Expectation>> late, Set<Algorithm> algorithms) {
    /** How long a whole body waits for the index that was fetched beside it. */
    private static final Duration LATE_MAX = Duration.ofSeconds(5);

    static Promise of(Expectation known) {
        return new Promise(known, Optional.empty(), Verification.algorithms(known));
    }

    /** What the whole body is held against. */
    Mono<Expectation> settled() {
        return late.map(index -> index.timeout(LATE_MAX, Mono.just(known)).defaultIfEmpty(known))
                .orElseGet(() -> Mono.just(known));
    }
}
