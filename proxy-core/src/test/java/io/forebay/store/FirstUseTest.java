package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.Digest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

class FirstUseTest {
    private static final int LARGE = 3_000_000;

    @TempDir
    private Path directory;

    private final FaultyFiles files = new FaultyFiles();
    private final byte[] bytes = Bytes.of(1, LARGE);
    private final Digest digest = Bytes.digest(bytes);

    @AfterEach
    void everythingIsClosed() {
        assertThat(files.openChannels()).isZero();
    }

    @Test
    @DisplayName(
            "reliability 80: one bit of a large file flipped while the store was closed: dropped, and can be stored again")
    void open_flippedFileAfterAStart_isDropped() throws IOException {
        stored();
        flip();
        try (DiskBlobStore store = open()) {
            assertThat(store.openNow(digest)).isEmpty();
            assertThat(store.open(digest).blockOptional()).isEmpty();
            assertThat(store.contains(digest)).isFalse();
            commit(store);
            assertSound(store);
        }
        try (DiskBlobStore store = open()) {
            assertSound(store);
        }
    }

    @Test
    @DisplayName("reliability 80: many readers at once after a start share one reading of the file")
    void open_manyAtOnceAfterAStart_hashOnce() {
        stored();
        try (DiskBlobStore store = open()) {
            int before = files.count(FaultyFiles.Operation.READ);
            Flux.range(0, 50)
                    .flatMap(number -> store.open(digest), 50)
                    .doOnNext(Blob::close)
                    .blockLast();
            assertThat(files.count(FaultyFiles.Operation.READ) - before).isBetween(2, 9);
            int after = files.count(FaultyFiles.Operation.READ);
            assertSound(store);
            assertThat(store.openNow(digest)).hasValueSatisfying(Blob::close);
            assertThat(files.count(FaultyFiles.Operation.READ) - after).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("reliability 72: a disk that cannot be read at the first use fails that use, and the blob stays")
    void open_diskFailsAtFirstUse_blobStays() {
        stored();
        try (DiskBlobStore store = open()) {
            files.rule((operation, path) -> {
                if (operation == FaultyFiles.Operation.READ) {
                    throw FaultyFiles.Fault.BROKEN.exception();
                }
            });
            assertThatThrownBy(() -> store.open(digest).block()).isInstanceOf(StoreException.class);
            files.heal();
            assertSound(store);
        }
    }

    @Test
    @DisplayName("reliability 79: a file cut under a store that has it open is found before it is sent")
    void open_fileCutWhileOpen_isDropped() throws IOException {
        try (DiskBlobStore store = open()) {
            commit(store);
            assertSound(store);
            try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
                file.setLength(LARGE / 2);
            }
            assertThat(store.openNow(digest)).isEmpty();
            assertThat(store.open(digest).blockOptional()).isEmpty();
            commit(store);
            assertSound(store);
        }
    }

    private DiskBlobStore open() {
        return DiskBlobStore.open(StoreOptions.in(directory), files);
    }

    private void stored() {
        try (DiskBlobStore store = open()) {
            commit(store);
        }
    }

    private void commit(DiskBlobStore store) {
        Draft draft = store.draft(OptionalLong.of(bytes.length), Set.of());
        draft.append(Bytes.buffer(bytes));
        draft.finish().block();
        draft.commit(BlobStoreContract.note("large")).block();
    }

    private void assertSound(DiskBlobStore store) {
        try (Blob blob = store.open(digest).block()) {
            assertThat(blob).isNotNull();
            assertThat(Bytes.take(blob.read(0, LARGE).block())).isEqualTo(bytes);
        }
    }

    private Path file() {
        return directory
                .resolve("blobs")
                .resolve(digest.hex().substring(0, 2))
                .resolve(digest.hex().substring(2));
    }

    private void flip() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
            file.seek(LARGE / 3);
            int before = file.read();
            file.seek(LARGE / 3);
            file.write(before ^ 0x10);
        }
    }
}
