package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.Digest;
import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Head;
import io.forebay.store.Blob;
import io.forebay.store.BlobStore;
import io.forebay.store.StoreException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;

class BlobsTest {
    private static final Digest DIGEST = new Digest("0".repeat(64));

    @TempDir
    private Path directory;

    private Shelf shelf;
    private Blobs blobs;

    @BeforeEach
    void open() {
        shelf = new Shelf(directory, Long.MAX_VALUE);
        blobs = new Blobs(shelf.store, 1 << 20);
    }

    @AfterEach
    void close() {
        blobs.close();
        shelf.close();
    }

    private Digest stored(byte[] bytes) {
        return shelf.write(bytes, new byte[0]);
    }

    private static byte[] read(Body body) {
        return BodyReader.of(new Answer(
                        Head.EMPTY,
                        body,
                        Optional.empty(),
                        false,
                        Duration.ZERO,
                        Duration.ZERO,
                        false,
                        CacheStatus.hit(0)))
                .awaitEnd()
                .bytes();
    }

    @Test
    void keep_behindTheEnd_leavesNoBuffer() {
        blobs.keep(DIGEST, new byte[100]);
        assertThat(blobs.memoryBytes()).isEqualTo(300);
        blobs.close();
        assertThat(blobs.memoryBytes()).isZero();
        blobs.keep(DIGEST, new byte[100]);
        assertThat(blobs.memoryBytes()).isZero();
    }

    @Test
    void open_small_isInMemoryFromThenOn() {
        byte[] bytes = Shelf.bytes(Shelf.SMALL, 1);
        Digest small = stored(bytes);
        assertThat(blobs.now(small)).isEmpty();
        assertThat(read(blobs.open(small).block(Shelf.WAIT))).isEqualTo(bytes);
        Body again = blobs.now(small).orElseThrow();
        assertThat(again.length()).hasValue(Shelf.SMALL);
        assertThat(read(again)).isEqualTo(bytes);
        assertThat(blobs.read(small, 1).block(Shelf.WAIT)).isEqualTo(bytes);
        assertThat(blobs.memoryBytes()).isEqualTo(Shelf.SMALL + 200);
    }

    @Test
    void open_large_isNeverInMemoryAndCanBeHadAgain() {
        byte[] bytes = Shelf.bytes(Shelf.SMALL + 1, 1);
        Digest large = stored(bytes);
        Body body = blobs.open(large).block(Shelf.WAIT);
        assertThat(body.length()).hasValue(bytes.length);
        assertThat(body.at(7, 100)).isInstanceOfSatisfying(Piece.Region.class, region -> {
            assertThat(region.position()).isEqualTo(7);
            assertThat(region.count()).isEqualTo(100);
        });
        assertThat(shelf.store.isRead(large)).isTrue();
        assertThat(read(body)).isEqualTo(bytes);
        assertThat(shelf.store.isRead(large)).isFalse();
        assertThat(read(body.again().orElseThrow().open().orElseThrow())).isEqualTo(bytes);
        assertThat(read(blobs.now(large).orElseThrow())).isEqualTo(bytes);
        assertThat(blobs.memoryBytes()).isZero();
        blobs.cannotBeRead(large);
        assertThat(blobs.isThere(large)).isFalse();
        assertThat(body.again().orElseThrow().open()).isEmpty();
    }

    @Test
    void isThere_storedAndNotRefusedByTheDisk() {
        Digest one = stored(Shelf.bytes(10, 1));
        assertThat(blobs.isThere(one)).isTrue();
        assertThat(blobs.isThere(DIGEST)).isFalse();
        assertThat(blobs.now(DIGEST)).isEmpty();
        assertThat(blobs.open(DIGEST).blockOptional(Shelf.WAIT)).isEmpty();
    }

    @Test
    void read_upToItsLimit_andNoPinStays() {
        byte[] bytes = Shelf.bytes(5_000, 1);
        Digest large = stored(bytes);
        assertThat(blobs.read(large, 5_000).block(Shelf.WAIT)).isEqualTo(bytes);
        assertThatThrownBy(() -> blobs.read(large, 4_999).block(Shelf.WAIT))
                .isInstanceOfSatisfying(
                        ForebayException.class, e -> assertThat(e.kind()).isEqualTo(Kind.ORIGIN_INVALID));
        // Whoever waits for the bytes may have them a moment before the pin goes.
        CacheFixture.await("pins", () -> !shelf.store.isRead(large));
    }

    /** The store with another answer to one method. */
    static BlobStore answering(BlobStore store, String name, Supplier<Object> answer) {
        return (BlobStore) Proxy.newProxyInstance(
                BlobStore.class.getClassLoader(),
                new Class<?>[] {BlobStore.class},
                (proxy, method, args) -> method.getName().equals(name) ? answer.get() : method.invoke(store, args));
    }

    @Test
    void now_smallOneThatIsNotInMemory_isClosed() {
        Digest small = stored(Shelf.bytes(10, 1));
        AtomicInteger closed = new AtomicInteger();
        Blob blob = (Blob) Proxy.newProxyInstance(
                Blob.class.getClassLoader(),
                new Class<?>[] {Blob.class},
                (proxy, method, args) -> switch (method.getName()) {
                    case "size" -> 10L;
                    case "close" -> closed.incrementAndGet() < 0;
                    default -> throw new AssertionError(method);
                });
        Blobs own = new Blobs(answering(shelf.store, "openNow", () -> Optional.of(blob)), 1 << 20);
        assertThat(own.now(small)).isEmpty();
        assertThat(closed).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(StoreException.Kind.class)
    void load_fails_bodyCountsAsThereOnlyWhenTheDiskIsBusy(StoreException.Kind kind) {
        Digest large = stored(Shelf.bytes(5_000, 1));
        try (Blob real = shelf.store.open(large).block(Shelf.WAIT)) {
            Blob cold = (Blob) Proxy.newProxyInstance(
                    Blob.class.getClassLoader(),
                    new Class<?>[] {Blob.class},
                    (proxy, method, args) -> switch (method.getName()) {
                        case "isRecent" -> false;
                        case "load" -> Mono.error(new StoreException(kind, "the test says so", null));
                        default -> method.invoke(real, args);
                    });
            Blobs failing = new Blobs(answering(shelf.store, "openNow", () -> Optional.of(cold)), 1 << 20);
            Piece piece = failing.now(large).orElseThrow().at(0, 5_000);
            assertThat(piece).isInstanceOf(Piece.Cold.class);
            assertThatThrownBy(() -> ((Piece.Cold) piece).load().block(Shelf.WAIT))
                    .isInstanceOf(StoreException.class);
            assertThat(failing.isThere(large)).isEqualTo(kind == StoreException.Kind.BUSY);
        }
    }
}
