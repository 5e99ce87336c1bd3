package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Digest;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobsTest {
    private static final Digest DIGEST = new Digest("0".repeat(64));

    @TempDir
    Path directory;

    @Test
    void keep_behindTheEnd_leavesNoBuffer() {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            Blobs blobs = new Blobs(fixture.store, 1 << 20);
            blobs.keep(DIGEST, new byte[100]);
            assertThat(blobs.memoryBytes()).isGreaterThanOrEqualTo(100);
            blobs.close();
            assertThat(blobs.memoryBytes()).isZero();
            blobs.keep(DIGEST, new byte[100]);
            assertThat(blobs.memoryBytes()).isZero();
        }
    }
}
