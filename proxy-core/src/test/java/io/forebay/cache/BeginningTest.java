package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.catalog.Notes;
import io.forebay.catalog.Unfinished;
import io.forebay.model.Head;
import io.forebay.model.ResourceKey;
import io.forebay.store.Draft;
import io.netty.buffer.Unpooled;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BeginningTest {
    private static final ResourceKey KEY = ResourceKey.of("s", "a");
    private static final ResourceKey OTHER = ResourceKey.of("s", "b");

    @TempDir
    private Path directory;

    private Shelf shelf;

    @BeforeEach
    void open() {
        shelf = new Shelf(directory, Long.MAX_VALUE);
    }

    @AfterEach
    void close() {
        shelf.close();
    }

    private void suspend(byte[] note) {
        Draft draft = shelf.store.draft(OptionalLong.of(200_000), Set.of());
        draft.append(Unpooled.wrappedBuffer(Shelf.bytes(150_000, 1)));
        draft.suspend(Beginning.name(KEY), note).block(Shelf.WAIT);
    }

    private static byte[] note(ResourceKey key, String etag) {
        Head head = new Head(Optional.empty(), Optional.empty(), Optional.of(etag), Optional.empty(), Map.of());
        return Notes.write(new Unfinished(key, URI.create("http://127.0.0.1/a"), head, 200_000));
    }

    private static Stream<byte[]> useless() {
        return Stream.of(note(OTHER, "\"1\""), note(KEY, "W/\"1\""), "no note".getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @MethodSource("useless")
    void take_whatCannotBeGoneOnFrom_isDropped(byte[] note) {
        suspend(note);
        assertThat(Beginning.take(shelf.store, KEY, Set.of())).isEmpty();
        CacheFixture.await("room", () -> shelf.store.room().claimedBytes() == 0);
        assertThat(shelf.store.hasParts()).isFalse();
    }

    @Test
    void take_ofTheResource_isNobodyElsesUntilItIsPutBack() {
        suspend(note(KEY, "\"1\""));
        assertThat(Beginning.take(shelf.store, OTHER, Set.of())).isEmpty();
        Beginning taken = Beginning.take(shelf.store, KEY, Set.of()).orElseThrow();
        assertThat(Beginning.take(shelf.store, KEY, Set.of())).isEmpty();
        assertThat(taken.sound().block(Shelf.WAIT)).isTrue();
        assertThat(taken.length()).isEqualTo(150_000);
        taken.putBack();
        CacheFixture.await("part", shelf.store::hasParts);
        Beginning again = Beginning.take(shelf.store, KEY, Set.of()).orElseThrow();
        again.drop("the test ends");
        CacheFixture.await("room", () -> shelf.store.room().claimedBytes() == 0);
        assertThat(shelf.store.hasParts()).isFalse();
    }

    @Test
    void name_ofEachResource_isItsOwn() {
        assertThat(Stream.of(
                                KEY,
                                OTHER,
                                ResourceKey.of("t", "a"),
                                new ResourceKey("s", "a", "v"),
                                new ResourceKey("s", "v", "a"))
                        .map(Beginning::name))
                .doesNotHaveDuplicates();
    }
}
