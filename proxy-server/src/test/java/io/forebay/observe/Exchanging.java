package io.forebay.observe;

import io.forebay.model.Exchange;
import io.forebay.model.Exchange.CacheStatus;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.PackageId;
import java.util.Optional;

/** Exchanges for tests. */
final class Exchanging {
    private Exchanging() {}

    static Exchange of(String repository, CacheStatus cache, int status, long bytes) {
        return new Exchange(
                "GET",
                "/cran/latest/src/contrib/x_1.0.tar.gz",
                repository,
                Optional.of(PackageId.of("r", "x", "1.0")),
                status,
                cache,
                bytes,
                412_345,
                12_001_000,
                1_793_530_800_123L,
                "127.0.0.1",
                "",
                "R (4.5.0)",
                "HTTP/1.1",
                Optional.empty());
    }

    /** With hostile texts in whatever a client chooses. */
    static Exchange hostile(String text) {
        return new Exchange(
                text,
                text,
                "",
                Optional.empty(),
                400,
                CacheStatus.NONE,
                0,
                0,
                0,
                0,
                text,
                text,
                text,
                text,
                Optional.empty());
    }

    /** A call of the API by an administrator. */
    static Exchange by(String principal) {
        return new Exchange(
                "GET",
                "/api/v1/audit",
                "",
                Optional.empty(),
                200,
                CacheStatus.NONE,
                2,
                0,
                0,
                0,
                "127.0.0.1",
                principal,
                "",
                "HTTP/1.1",
                Optional.empty());
    }

    /** The same, ended by a failure. */
    static Exchange failed(Exchange any, Kind kind) {
        return new Exchange(
                any.method(),
                any.target(),
                any.repository(),
                any.subject(),
                any.status(),
                any.cacheStatus(),
                any.bytes(),
                any.firstByteNanos(),
                any.totalNanos(),
                any.endMillis(),
                any.client(),
                any.principal(),
                any.userAgent(),
                any.protocol(),
                Optional.of(kind));
    }
}
