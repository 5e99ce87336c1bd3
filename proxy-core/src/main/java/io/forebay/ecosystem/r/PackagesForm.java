package io.forebay.ecosystem.r;

import java.util.List;
import java.util.Optional;

/** The three forms in which R repositories publish one index. */
enum PackagesForm {
    /** First among equals: small to fetch and quick to read. */
    GZIP("PACKAGES.gz", "application/gzip"),
    PLAIN("PACKAGES", "text/plain; charset=utf-8"),
    RDS("PACKAGES.rds", "application/octet-stream");

    private final String file;
    private final String contentType;

    PackagesForm(String file, String contentType) {
        this.file = file;
        this.contentType = contentType;
    }

    String file() {
        return file;
    }

    String contentType() {
        return contentType;
    }

    static Optional<PackagesForm> ofFile(String file) {
        return List.of(values()).stream().filter(form -> form.file.equals(file)).findFirst();
    }
}
