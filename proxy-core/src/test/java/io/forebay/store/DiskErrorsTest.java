package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiskErrorsTest {
    @ParameterizedTest
    @CsvSource({
        "No space left on device,FULL",
        "Disk quota exceeded,FULL",
        "Read-only file system,READ_ONLY",
        "Permission denied,READ_ONLY",
        "Operation not permitted,READ_ONLY",
        "Too many open files,DESCRIPTORS",
        "Too many open files in system,DESCRIPTORS",
        "Input/output error,IO",
        "Stale file handle,IO"
    })
    void of_textOfTheSystem_isItsKind(String text, Kind kind) {
        assertThat(DiskErrors.of("test", new IOException(text)).kind()).isEqualTo(kind);
        assertThat(DiskErrors.of("test", new FileSystemException("/a/No space left on device", null, text))
                        .kind())
                .isEqualTo(kind);
    }

    @Test
    void of_otherExceptions_areTheirKind() {
        assertThat(DiskErrors.of("test", new AccessDeniedException("/a")).kind())
                .isEqualTo(Kind.READ_ONLY);
        assertThat(DiskErrors.of("test", new IllegalStateException("No space left on device"))
                        .kind())
                .isEqualTo(Kind.IO);
        StoreException known = DiskErrors.damaged("known");
        assertThat(DiskErrors.of("test", known)).isSameAs(known);
    }
}
