package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.Algorithm;
import io.forebay.model.Checksum;
import io.forebay.model.Digest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** What every {@link BlobStore} promises, over the directory of a test. */
abstract class BlobStoreContract {
    static final int LARGE = 300_000;

    @TempDir
    Path directory;

    BlobStore store;

    abstract BlobStore open(Path path);

    @BeforeEach
    void openStore() {
        store = open(directory);
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    void reopen() {
        store.close();
        store = open(directory);
    }

    static byte[] note(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    void put(byte[] bytes, String note) {
        store.put(Bytes.digest(bytes), Bytes.buffer(bytes), note(note)).block();
    }

    Draft write(byte[] bytes) {
        Draft draft = store.draft(OptionalLong.of(bytes.length), Set.of());
        for (int at = 0; at < bytes.length; at += 50_000) {
            draft.append(Bytes.buffer(bytes, at, Math.min(50_000, bytes.length - at)));
        }
        return draft;
    }

    void commit(byte[] bytes, String note) {
        Draft draft = write(bytes);
        draft.finish().block();
        draft.commit(note(note)).block();
    }

    byte[] read(Digest digest) {
        Blob blob = store.open(digest).block();
        if (blob == null) {
            return null;
        }
        try (blob) {
            return Bytes.take(blob.read(0, (int) blob.size()).block());
        }
    }

    List<String> notes() {
        return store.notes()
                .map(note -> new String(note, StandardCharsets.UTF_8))
                .collectList()
                .block();
    }

    static void awaitFailure(Draft draft) throws InterruptedException {
        Semaphore failed = new Semaphore(0);
        draft.onProgress(() -> draft.failure().ifPresent(e -> failed.release()));
        if (draft.failure().isEmpty()) {
            assertThat(failed.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    static void awaitWritten(Draft draft, long bytes) throws InterruptedException {
        Semaphore progress = new Semaphore(0);
        draft.onProgress(progress::release);
        while (draft.written() < bytes) {
            assertThat(progress.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void put_smallBody_isReadBackAndCounted() {
        byte[] bytes = Bytes.of(1, 4_096);
        put(bytes, "a");
        assertThat(read(Bytes.digest(bytes))).isEqualTo(bytes);
        assertThat(store.contains(Bytes.digest(bytes))).isTrue();
        assertThat(store.digests().collectList().block()).containsExactly(Bytes.digest(bytes));
        assertThat(store.usage().blobs()).isEqualTo(1);
        assertThat(store.usage().bytes()).isEqualTo(4_096);
        assertThat(store.usage().freeBytes()).isPositive();
    }

    @Test
    void put_emptyBody_isABlob() {
        put(new byte[0], "empty");
        assertThat(read(Bytes.digest(new byte[0]))).isEmpty();
    }

    @Test
    void put_sameBytesTwice_oneBlobAndBothNotes() {
        byte[] bytes = Bytes.of(2, 100);
        put(bytes, "first");
        put(bytes, "second");
        assertThat(store.usage().blobs()).isEqualTo(1);
        assertThat(notes()).containsExactly("first", "second");
    }

    @Test
    void draft_largeBody_isReadBackWithAllHashes() throws Exception {
        byte[] bytes = Bytes.of(3, LARGE);
        Draft draft = store.draft(OptionalLong.empty(), EnumSet.allOf(Algorithm.class));
        draft.append(Bytes.buffer(bytes, 0, 100_000));
        draft.append(Bytes.buffer(bytes, 100_000, 10));
        draft.append(Unpooled.copiedBuffer(bytes, 100_010, LARGE - 100_010));
        Draft.Sum sum = draft.finish().block();
        assertThat(sum.digest()).isEqualTo(Bytes.digest(bytes));
        assertThat(sum.size()).isEqualTo(LARGE);
        assertThat(sum.checksums()).hasSize(Algorithm.values().length);
        for (var checksum : sum.checksums()) {
            if (checksum.algorithm() != Algorithm.BLAKE2B_256) {
                String name = checksum.algorithm().name().replace("SHA", "SHA-");
                byte[] expected = MessageDigest.getInstance(name).digest(bytes);
                assertThat(checksum.hex()).isEqualTo(HexFormat.of().formatHex(expected));
            }
        }
        draft.commit(note("n")).block();
        assertThat(read(sum.digest())).isEqualTo(bytes);
        assertThat(notes()).containsExactly("n");
    }

    @Test
    void draft_blake2b_isTheValueOfTheStandard() {
        Draft draft = store.draft(OptionalLong.empty(), Set.of(Algorithm.BLAKE2B_256));
        draft.append(Unpooled.copiedBuffer("abc", StandardCharsets.US_ASCII));
        Draft.Sum sum = draft.finish().block();
        draft.abort();
        // As Python's hashlib.blake2b(b"abc", digest_size=32) answers.
        assertThat(sum.checksums().get(1).hex())
                .isEqualTo("bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    }

    @Test
    void draft_composedBuffer_isWrittenInOrder() {
        byte[] bytes = Bytes.of(4, 90_000);
        Draft draft = store.draft(OptionalLong.empty(), Set.of());
        draft.append(Unpooled.wrappedBuffer(
                Bytes.buffer(bytes, 0, 40_000), Bytes.buffer(bytes, 40_000, 1), Bytes.buffer(bytes, 40_001, 49_999)));
        draft.finish().block();
        draft.commit(note("n")).block();
        assertThat(read(Bytes.digest(bytes))).isEqualTo(bytes);
    }

    @Test
    void draft_emptyBody_isABlob() {
        commit(new byte[0], "empty");
        assertThat(read(Bytes.digest(new byte[0]))).isEmpty();
    }

    @Test
    @DisplayName("failures 1: a reader follows the growing file up to written() and sees the same bytes")
    void draft_readerFollowsWhileItIsWritten_bytesAreTheSame() throws Exception {
        byte[] bytes = Bytes.of(5, 3_000_000);
        Draft draft = store.draft(OptionalLong.of(bytes.length), Set.of());
        Semaphore progress = new Semaphore(0);
        draft.onProgress(progress::release);
        CompletableFuture<byte[]> follower = CompletableFuture.supplyAsync(() -> follow(draft, progress, bytes.length));
        for (int at = 0; at < bytes.length; at += 10_000) {
            draft.append(Bytes.buffer(bytes, at, 10_000));
        }
        assertThat(follower.get(20, TimeUnit.SECONDS)).isEqualTo(bytes);
        draft.finish().block();
        draft.commit(note("n")).block();
        assertThat(read(Bytes.digest(bytes))).isEqualTo(bytes);
    }

    private static byte[] follow(Draft draft, Semaphore progress, int length) {
        byte[] seen = new byte[length];
        int at = 0;
        try (Draft.Pin pin = draft.pin()) {
            while (at < length) {
                if (!progress.tryAcquire(10, TimeUnit.SECONDS)) {
                    return new byte[0];
                }
                int now = (int) draft.written();
                if (now > at) {
                    byte[] part = Bytes.read(draft.channel().orElseThrow(), at, now - at);
                    System.arraycopy(part, 0, seen, at, part.length);
                    at = now;
                }
            }
            return seen;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void draft_channelBeforeTheFirstBytes_isEmpty() {
        Draft draft = store.draft(OptionalLong.empty(), Set.of());
        assertThat(draft.channel()).isEmpty();
        assertThat(draft.written()).isZero();
        draft.abort();
    }

    @Test
    void abort_ofADraft_leavesNoBlobAndReleasesWhatIsQueued() {
        byte[] bytes = Bytes.of(6, LARGE);
        Draft draft = write(bytes);
        draft.abort();
        draft.abort();
        assertThat(draft.append(Bytes.buffer(bytes, 0, 10))).isTrue();
        assertThat(store.contains(Bytes.digest(bytes))).isFalse();
        assertThat(store.open(Bytes.digest(bytes)).block()).isNull();
        assertThatThrownBy(() -> draft.commit(note("n")).block()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void append_afterFinish_isRefusedAndReleased() {
        Draft draft = write(Bytes.of(7, 10));
        draft.finish().block();
        ByteBuf late = Bytes.buffer(new byte[10]);
        assertThatThrownBy(() -> draft.append(late)).isInstanceOf(IllegalStateException.class);
        assertThat(late.refCnt()).isZero();
        draft.abort();
    }

    @Test
    void pin_ofADraft_outlivesAbort() throws Exception {
        byte[] bytes = Bytes.of(8, LARGE);
        Draft draft = write(bytes);
        Draft.Pin pin = draft.pin();
        draft.finish().block();
        var channel = draft.channel().orElseThrow();
        draft.abort();
        put(Bytes.of(9, 10), "something that the disk does meanwhile");
        assertThat(Bytes.read(channel, 0, LARGE)).isEqualTo(bytes);
        pin.close();
        pin.close();
    }

    @Test
    @DisplayName("reliability 78: a blob deleted while it is read is read to its end")
    void delete_ofAnOpenBlob_readersFinish() {
        byte[] large = Bytes.of(10, LARGE);
        byte[] small = Bytes.of(11, 1_000);
        commit(large, "large");
        put(small, "small");
        for (byte[] bytes : List.of(large, small)) {
            Digest digest = Bytes.digest(bytes);
            try (Blob blob = store.open(digest).block()) {
                store.delete(digest).block();
                assertThat(store.contains(digest)).isFalse();
                assertThat(store.open(digest).block()).isNull();
                assertThat(store.openNow(digest)).isEmpty();
                assertThat(Bytes.take(blob.read(0, bytes.length).block())).isEqualTo(bytes);
            }
        }
        assertThat(store.usage().bytes()).isZero();
        assertThat(notes()).isEmpty();
    }

    @Test
    void delete_ofWhatIsNotThere_completes() {
        StepVerifier.create(store.delete(Bytes.digest(new byte[1]))).verifyComplete();
    }

    @Test
    void commit_twoWritersOfTheSameBytes_oneBlobAndBothNotes() {
        byte[] bytes = Bytes.of(12, LARGE);
        Draft first = write(bytes);
        Draft second = write(bytes);
        first.finish().block();
        second.finish().block();
        Mono.when(first.commit(note("1")), second.commit(note("2"))).block();
        assertThat(store.usage().blobs()).isEqualTo(1);
        assertThat(notes()).containsExactlyInAnyOrder("1", "2");
        assertThat(read(Bytes.digest(bytes))).isEqualTo(bytes);
    }

    @Test
    void note_ofABlob_joinsItsNotes() {
        byte[] bytes = Bytes.of(13, 100);
        put(bytes, "a");
        store.note(Bytes.digest(bytes), note("b")).block();
        assertThat(notes()).containsExactly("a", "b");
    }

    @Test
    void note_ofWhatIsNotThere_isAnError() {
        StepVerifier.create(store.note(Bytes.digest(new byte[1]), note("n"))).verifyError(StoreException.class);
    }

    @Test
    void notes_afterDeleteAndPut_onlyTheNewOnes() {
        byte[] bytes = Bytes.of(14, 100);
        put(bytes, "old");
        store.delete(Bytes.digest(bytes)).block();
        put(bytes, "new");
        assertThat(notes()).containsExactly("new");
        reopen();
        assertThat(notes()).containsExactly("new");
    }

    @Test
    void openNow_ofWhatWasJustStored_answersAtOnce() {
        byte[] large = Bytes.of(15, LARGE);
        byte[] small = Bytes.of(16, 1_000);
        commit(large, "large");
        put(small, "small");
        for (byte[] bytes : List.of(large, small)) {
            try (Blob blob = store.openNow(Bytes.digest(bytes)).orElseThrow()) {
                assertThat(blob.size()).isEqualTo(bytes.length);
                assertThat(blob.digest()).isEqualTo(Bytes.digest(bytes));
            }
        }
        assertThat(store.openNow(Bytes.digest(new byte[1]))).isEmpty();
    }

    @Test
    void blob_byChannelAndPosition_areTheBytes() throws Exception {
        byte[] small = Bytes.of(17, 1_000);
        put(Bytes.of(18, 500), "before");
        put(small, "small");
        try (Blob blob = store.open(Bytes.digest(small)).block()) {
            assertThat(Bytes.read(blob.channel(), blob.position(), (int) blob.size()))
                    .isEqualTo(small);
        }
    }

    @Test
    void read_beyondTheEnd_isAnError() {
        byte[] small = Bytes.of(19, 1_000);
        put(small, "small");
        try (Blob blob = store.open(Bytes.digest(small)).block()) {
            StepVerifier.create(blob.read(990, 11)).verifyError(IndexOutOfBoundsException.class);
            assertThat(Bytes.take(blob.read(990, 10).block())).hasSize(10);
        }
    }

    @Test
    void read_cancelledOrAfterClose_leaksNothing() {
        byte[] small = Bytes.of(20, 1_000);
        put(small, "small");
        Blob blob = store.open(Bytes.digest(small)).block();
        for (int i = 0; i < 200; i++) {
            leaveAtOnce(blob.read(0, 1_000), ByteBuf::release);
            leaveAtOnce(store.open(Bytes.digest(small)), Blob::close);
        }
        blob.close();
        blob.close();
        StepVerifier.create(blob.read(0, 1)).verifyError();
    }

    /** Unlike a lambda's subscriber, this one takes what comes while it leaves. */
    private static <T> void leaveAtOnce(Mono<T> mono, Consumer<T> end) {
        BaseSubscriber<T> subscriber = new BaseSubscriber<>() {
            @Override
            protected void hookOnNext(T value) {
                end.accept(value);
            }
        };
        mono.subscribe(subscriber);
        subscriber.cancel();
    }

    private static final Digest NAME = Bytes.digest(note("a resource"));

    /** Writes the beginning of a body and suspends it. */
    private void suspend(byte[] bytes, int length) {
        Draft draft = store.draft(OptionalLong.of(bytes.length), Set.of());
        draft.append(Bytes.buffer(bytes, 0, length));
        draft.suspend(NAME, note("what is known")).block();
    }

    @Test
    void resume_afterARestart_goesOnAndIsTheSameBlob() throws Exception {
        byte[] bytes = Bytes.of(80, LARGE);
        suspend(bytes, 200_000);
        reopen();
        assertThat(store.digests().collectList().block()).isEmpty();
        assertThat(store.room().usedBytes()).isEqualTo(200_000);
        Resumed part = store.resume(NAME, EnumSet.of(Algorithm.MD5)).orElseThrow();
        assertThat(part.note()).isEqualTo(note("what is known"));
        assertThat(part.sound().block()).isTrue();
        Draft draft = part.draft();
        assertThat(draft.written()).isEqualTo(200_000);
        assertThat(Bytes.read(draft.channel().orElseThrow(), 0, 200_000)).isEqualTo(Arrays.copyOf(bytes, 200_000));
        draft.append(Bytes.buffer(bytes, 200_000, LARGE - 200_000));
        Draft.Sum sum = draft.finish().block();
        assertThat(sum.digest()).isEqualTo(Bytes.digest(bytes));
        assertThat(sum.size()).isEqualTo(LARGE);
        assertThat(sum.checksums())
                .contains(new Checksum(
                        Algorithm.MD5,
                        HexFormat.of()
                                .formatHex(MessageDigest.getInstance("MD5").digest(bytes))));
        draft.commit(note("whole")).block();
        assertThat(read(Bytes.digest(bytes))).isEqualTo(bytes);
        assertThat(store.room()).satisfies(room -> {
            assertThat(room.usedBytes()).isEqualTo(LARGE);
            assertThat(room.claimedBytes()).isZero();
        });
        reopen();
        assertThat(read(Bytes.digest(bytes))).isEqualTo(bytes);
        assertThat(store.resume(NAME, Set.of())).isEmpty();
    }

    @Test
    void resume_twice_isAnsweredOnce() {
        suspend(Bytes.of(81, LARGE), 1_000);
        Resumed part = store.resume(NAME, Set.of()).orElseThrow();
        assertThat(store.resume(NAME, Set.of())).isEmpty();
        assertThat(part.sound().block()).isTrue();
        part.draft().abort();
        reopen();
        assertThat(store.resume(NAME, Set.of())).isEmpty();
        assertThat(store.room().usedBytes()).isZero();
    }

    @Test
    void suspend_ofWhatWasResumed_isGoneOnWithOnceMore() {
        byte[] bytes = Bytes.of(82, LARGE);
        suspend(bytes, 100_000);
        Draft again = store.resume(NAME, Set.of()).orElseThrow().draft();
        // Behind the reading of what is there, which need not be waited for.
        again.suspend(NAME, note("again")).block();
        reopen();
        Resumed part = store.resume(NAME, Set.of()).orElseThrow();
        assertThat(part.note()).isEqualTo(note("again"));
        assertThat(part.sound().block()).isTrue();
        part.draft().append(Bytes.buffer(bytes, 100_000, LARGE - 100_000));
        assertThat(part.draft().finish().block().digest()).isEqualTo(Bytes.digest(bytes));
        part.draft().abort();
    }

    @Test
    void suspend_ofNothing_isAnErrorAndLeavesNothing() {
        Draft draft = store.draft(OptionalLong.of(10), Set.of());
        assertThatThrownBy(() -> draft.suspend(NAME, note("nothing")).block()).isInstanceOf(StoreException.class);
        assertThat(store.resume(NAME, Set.of())).isEmpty();
        assertThat(store.room().claimedBytes()).isZero();
    }

    @Test
    void append_afterSuspend_isReleasedAndDropped() {
        byte[] bytes = Bytes.of(83, 2_000);
        Draft draft = store.draft(OptionalLong.of(2_000), Set.of());
        draft.append(Bytes.buffer(bytes, 0, 1_000));
        Mono<Void> suspended = draft.suspend(NAME, note("cut"));
        ByteBuf late = Bytes.buffer(bytes, 1_000, 1_000);
        draft.append(late);
        suspended.block();
        draft.abort();
        assertThat(late.refCnt()).isZero();
        Resumed part = store.resume(NAME, Set.of()).orElseThrow();
        assertThat(part.sound().block()).isTrue();
        assertThat(part.draft().written()).isEqualTo(1_000);
        part.draft().abort();
    }

    @Test
    void dropParts_ofAnAge_onlyThose() {
        suspend(Bytes.of(84, LARGE), 1_000);
        assertThat(store.dropParts(Duration.ofHours(1)).block()).isZero();
        assertThat(store.dropParts(Duration.ZERO).block()).isEqualTo(1_000);
        assertThat(store.resume(NAME, Set.of())).isEmpty();
        reopen();
        assertThat(store.resume(NAME, Set.of())).isEmpty();
    }

    @Test
    @DisplayName("reliability 82: a restart keeps everything that was signalled")
    void restart_afterWrites_keepsAllOfThem() {
        List<byte[]> bodies = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            bodies.add(Bytes.of(100 + i, 1_000 * i));
            put(bodies.get(i), "small " + i);
        }
        bodies.add(Bytes.of(200, LARGE));
        commit(bodies.get(20), "large");
        store.delete(Bytes.digest(bodies.get(3))).block();
        reopen();
        assertThat(store.usage().blobs()).isEqualTo(20);
        for (int i = 0; i < bodies.size(); i++) {
            byte[] bytes = read(Bytes.digest(bodies.get(i)));
            assertThat(bytes).isEqualTo(i == 3 ? null : bodies.get(i));
        }
        assertThat(notes()).hasSize(20).startsWith("small 0", "small 1", "small 2", "small 4");
    }

    @Test
    void rehash_ofSoundBlobs_isTrueAndOfAMissingOneEmpty() {
        byte[] large = Bytes.of(21, LARGE * 10);
        byte[] small = Bytes.of(22, 1_000);
        commit(large, "large");
        put(small, "small");
        assertThat(store.rehash(Bytes.digest(large)).block()).isTrue();
        assertThat(store.rehash(Bytes.digest(small)).block()).isTrue();
        assertThat(store.rehash(Bytes.digest(new byte[1])).block()).isNull();
    }

    @Test
    void closed_store_refusesAndReleases() {
        store.close();
        ByteBuf body = Bytes.buffer(new byte[10]);
        StepVerifier.create(store.put(Bytes.digest(new byte[10]), body, note("n")))
                .verifyError(StoreException.class);
        assertThat(body.refCnt()).isZero();
        assertThatThrownBy(() -> store.draft(OptionalLong.empty(), Set.of())).isInstanceOf(StoreException.class);
        StepVerifier.create(store.delete(Bytes.digest(new byte[10]))).verifyError(StoreException.class);
    }
}
