package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Digest;
import io.forebay.store.Blob;
import io.forebay.store.BlobStore;
import io.forebay.store.DiskBlobStore;
import io.forebay.store.Draft;
import io.forebay.store.StoreOptions;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A body in a file, with a real store. */
class StoredBodyTest {
    private static final int TURN = 256 << 10;
    private static final int TURNS = 6;

    @TempDir
    Path directory;

    @Test
    @DisplayName("what is not in memory is loaded for four turns at once, and no further than the body goes")
    void at_cold_loadsFourTurns() {
        byte[] bytes = CacheFixture.bytes(TURN * TURNS);
        try (BlobStore before = DiskBlobStore.open(StoreOptions.in(directory))) {
            Draft draft = before.draft(OptionalLong.of(bytes.length), Set.of());
            draft.append(Unpooled.wrappedBuffer(bytes));
            Draft.Sum sum = draft.finish().block(CacheFixture.PATIENCE);
            draft.commit(new byte[0]).block(CacheFixture.PATIENCE);
            assertThat(sum.size()).isEqualTo(bytes.length);
        }
        // A store that has just been opened knows of no use.
        try (BlobStore store = DiskBlobStore.open(StoreOptions.in(directory));
                Blob blob = store.open(new Digest(CacheFixture.sha256(bytes))).block(CacheFixture.PATIENCE)) {
            StoredBody body = new StoredBody(blob, e -> {}, Optional::empty);
            load(body, 0);
            for (int turn = 0; turn < 4; turn++) {
                assertThat(body.at((long) turn * TURN, TURN)).isInstanceOf(Piece.Region.class);
            }
            load(body, 4L * TURN);
            assertThat(body.at(5L * TURN, TURN)).isInstanceOf(Piece.Region.class);
            assertThat(body.at(6L * TURN, TURN)).isInstanceOf(Piece.End.class);
        }
    }

    private static void load(StoredBody body, long offset) {
        assertThat(body.at(offset, TURN))
                .isInstanceOfSatisfying(Piece.Cold.class, cold -> cold.load().block(CacheFixture.PATIENCE));
    }
}
