package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.store.BlobStore;
import io.forebay.store.DiskBlobStore;
import io.forebay.store.StoreOptions;
import io.forebay.testing.ScriptedOrigin.Reply;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A body of two parts is of one version, or never whole. */
class ResumedVersionsTest {
    private static final int SIZE = 300_000;
    private static final int HALF = SIZE / 2;

    @TempDir
    Path directory;

    private final byte[] one = CacheFixture.bytes(SIZE);
    private final byte[] two = CacheFixture.bytes(SIZE + 1);

    private Reply partial(String etag, int length, String range) {
        return (request, wire) -> {
            Scripts.head(wire, 206, length, "etag: " + etag, "content-range: bytes " + range);
            wire.send(Arrays.copyOfRange(two, HALF, HALF + length));
        };
    }

    private void isCutThenFetchedWhole(Reply second) {
        try (CacheFixture fixture = CacheFixture.in(directory)) {
            Reply whole = Reply.of(200, one, "etag: \"three\"");
            fixture.origin.on("/a", Scripts.sequence(Scripts.cut(one, HALF, "etag: \"one\""), second, whole));
            Reading reading = fixture.get(fixture.artifact("/a"));
            assertThat(reading.failure()).isPresent();
            assertThat(reading.bytes().length).isLessThan(SIZE);
            fixture.awaitLanded();
            Reading again = fixture.get(fixture.artifact("/a"));
            assertThat(again.bytes()).isEqualTo(one);
            assertThat(again.answer().head().etag()).hasValue("\"three\"");
        }
    }

    @Test
    @DisplayName("reliability 45: the rest comes under another entity tag: cut, not stored, fetched whole")
    void resume_otherTag_isCut() {
        isCutThenFetchedWhole(partial("\"two\"", HALF, HALF + "-" + (SIZE - 1) + "/" + SIZE));
    }

    @Test
    @DisplayName("reliability 43: the rest is of a longer file: cut, not stored, fetched whole")
    void resume_otherTotal_isCut() {
        isCutThenFetchedWhole(partial("\"one\"", HALF + 1, HALF + "-" + SIZE + "/" + (SIZE + 1)));
    }

    @Test
    @DisplayName("reliability 8: more bytes than announced never let the last one go before it is verified")
    void visible_moreThanAnnounced_lastIsHeldBack() {
        try (BlobStore store = DiskBlobStore.open(StoreOptions.in(directory.resolve("store")))) {
            Fill fill = new Fill(store, CacheOptions.DEFAULTS.diskPatience());
            fill.announce(OptionalLong.of(10));
            fill.append(Unpooled.wrappedBuffer(new byte[25]));
            assertThat(fill.isReady(8)).isTrue();
            assertThat(fill.isReady(9)).isFalse();
            fill.drop();
        }
    }
}
