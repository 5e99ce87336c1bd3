package io.forebay.cache;

import io.forebay.model.Algorithm;
import io.forebay.model.Checksum;
import io.forebay.model.Expectation;
import io.forebay.store.Draft;
import io.forebay.store.Hashing;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import reactor.core.publisher.Mono;

/** Whether a body is what was promised of it. */
final class Verification {
    private Verification() {}

    /** What must be computed while a body comes in. */
    static Set<Algorithm> algorithms(Expectation expectation) {
        Set<Algorithm> algorithms = EnumSet.noneOf(Algorithm.class);
        expectation.checksums().forEach(checksum -> algorithms.add(checksum.algorithm()));
        return algorithms;
    }

    /** What a complete fill hashes to; empty when a failing disk lost count. */
    static Mono<Optional<Draft.Sum>> sum(Fill fill) {
        Draft draft = fill.draft();
        if (draft != null) {
            return fill.finished(draft)
                    .map(Optional::of)
                    .onErrorResume(e -> Mono.fromCallable(() -> passedThrough(fill)));
        }
        if (fill.isPassThrough()) {
            return Mono.just(passedThrough(fill));
        }
        Hashing hashing = new Hashing(fill.algorithms());
        hashing.update(Unpooled.wrappedBuffer(fill.small(), 0, fill.smallLength()));
        return Mono.just(Optional.of(hashing.finish()));
    }

    private static Optional<Draft.Sum> passedThrough(Fill fill) {
        return Optional.ofNullable(fill.passThroughHashing()).map(Hashing::finish);
    }

    /** What is wrong, in words, empty when everything that is known agrees. */
    static Optional<String> mismatch(Draft.Sum sum, Expectation expected) {
        if (expected.size().isPresent() && expected.size().getAsLong() != sum.size()) {
            return Optional.of("promised " + expected.size().getAsLong() + " bytes, came " + sum.size());
        }
        for (Checksum promised : expected.checksums()) {
            for (Checksum computed : sum.checksums()) {
                if (computed.algorithm() == promised.algorithm() && !computed.equals(promised)) {
                    return Optional.of("promised " + promised + ", came " + computed);
                }
            }
        }
        return Optional.empty();
    }

    /** The part of an expectation that a sum can be held against. */
    static boolean covers(Draft.Sum sum, Expectation expected) {
        List<Algorithm> computed = new ArrayList<>();
        sum.checksums().forEach(checksum -> computed.add(checksum.algorithm()));
        return expected.checksums().stream().allMatch(checksum -> computed.contains(checksum.algorithm()));
    }
}
