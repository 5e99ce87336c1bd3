package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.forebay.store.StoreCopy.Copied;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies of a store of three packs and two files, taken while it is open. */
class StoreCopyTest {
    private static final int BODY = 1_000;
    private static final int COUNT = 25;

    @TempDir
    private Path directory;

    private final List<byte[]> bodies = new ArrayList<>();
    private final List<byte[]> larges = List.of(Bytes.of(1_001, 5_000), Bytes.of(1_002, 6_000));
    private Path from;
    private Path to;
    private DiskBlobStore store;

    private static DiskBlobStore open(Path directory) {
        return DiskBlobStore.open(StoreOptions.in(directory).withPacks(2_000, 10_000));
    }

    @BeforeEach
    void fill() {
        from = directory.resolve("store");
        to = directory.resolve("copy");
        store = open(from);
        larges.forEach(this::commit);
        for (int i = 0; i < COUNT; i++) {
            put(Bytes.of(i, BODY));
        }
        assertThat(packs(from)).isEqualTo(List.of("1.pack", "2.pack", "3.pack"));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void put(byte[] bytes) {
        bodies.add(bytes);
        store.put(Bytes.digest(bytes), Bytes.buffer(bytes), BlobStoreContract.note("small"))
                .block();
    }

    private void commit(byte[] bytes) {
        bodies.add(bytes);
        Draft draft = store.draft(OptionalLong.of(bytes.length), Set.of());
        draft.append(Bytes.buffer(bytes));
        draft.finish().block();
        draft.commit(BlobStoreContract.note("large")).block();
    }

    private static List<String> packs(Path store) {
        try (Stream<Path> all = Files.list(store.resolve("packs"))) {
            return all.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".pack"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Path pack(Path store, int number) {
        return store.resolve("packs").resolve(number + ".pack");
    }

    private static Path large(Path store, byte[] bytes) {
        String hex = Bytes.digest(bytes).hex();
        return store.resolve("blobs").resolve(hex.substring(0, 2)).resolve(hex.substring(2));
    }

    private Copied copy(Path target, Optional<Path> earlier) throws IOException {
        return StoreCopy.make(from, target, earlier, bytes -> {});
    }

    private long bytes() throws IOException {
        long bytes = 0;
        for (int number = 1; number <= 3; number++) {
            bytes += Files.size(pack(from, number));
        }
        return bytes + larges.stream().mapToLong(large -> large.length).sum();
    }

    private void assertWhole(Path copy) {
        try (DiskBlobStore copied = open(copy)) {
            for (byte[] bytes : bodies) {
                try (Blob blob = copied.open(Bytes.digest(bytes)).block()) {
                    assertThat(Bytes.take(blob.read(0, bytes.length).block())).isEqualTo(bytes);
                }
            }
        }
    }

    private static Object file(Path path) throws IOException {
        return Files.getAttribute(path, "unix:ino");
    }

    @Test
    void make_ofAStoreInUse_isAStoreOfTheSame() throws Exception {
        List<Long> told = new ArrayList<>();
        Copied copied = StoreCopy.make(from, to, Optional.empty(), told::add);
        assertThat(copied).isEqualTo(new Copied(5, bytes(), bytes()));
        assertThat(told).hasSize(5).isSorted().endsWith(bytes());
        for (int i = 0; i < 3; i++) {
            store.delete(Bytes.digest(bodies.get(i))).block();
        }
        put(Bytes.of(2_000, BODY));
        bodies.remove(bodies.size() - 1);
        assertWhole(to);
    }

    @Test
    void make_besideTheStore_linksWhatNeverChanges() throws Exception {
        copy(to, Optional.empty());
        assertThat(file(pack(to, 1))).isEqualTo(file(pack(from, 1)));
        assertThat(file(pack(to, 2))).isEqualTo(file(pack(from, 2)));
        assertThat(file(large(to, larges.get(0)))).isEqualTo(file(large(from, larges.get(0))));
        assertThat(file(pack(to, 3))).as("the pack that grows").isNotEqualTo(file(pack(from, 3)));
        assertThat(pack(to, 3)).hasSameBinaryContentAs(pack(from, 3));
    }

    @Test
    void make_besideAnEarlierCopy_onlyTheRestIsNew() throws Exception {
        copy(to, Optional.empty());
        byte[] another = Bytes.of(1_003, 7_000);
        commit(another);
        Path next = directory.resolve("next");
        long newest = Files.size(pack(from, 3));
        Copied copied = new Copied(6, bytes() + 7_000, newest + 7_000);
        assertThat(copy(next, Optional.of(to))).isEqualTo(copied);
        assertThat(copy(next, Optional.of(to))).as("once more").isEqualTo(copied);
        assertWhole(next);
        assertThat(large(to, another)).doesNotExist();
    }

    @Test
    void make_onceMore_leavesWhatIsThereAndTakesAwayWhatIsGone() throws Exception {
        copy(to, Optional.empty());
        Object there = file(large(to, larges.get(1)));
        store.delete(Bytes.digest(larges.get(0))).block();
        bodies.remove(0);
        Path gone = pack(to, 7);
        Path rest = pack(to, 3).resolveSibling("3.pack.new");
        Files.write(gone, new byte[10]);
        Files.write(rest, new byte[10]);
        assertThat(copy(to, Optional.empty()).files()).isEqualTo(4);
        assertThat(large(to, larges.get(0))).doesNotExist();
        assertThat(gone).doesNotExist();
        assertThat(rest).doesNotExist();
        assertThat(file(large(to, larges.get(1)))).isEqualTo(there);
        assertWhole(to);
    }

    @Test
    void make_overWhatAnEarlierTryLeft_isWhole() throws Exception {
        copy(to, Optional.empty());
        Files.delete(large(to, larges.get(0)));
        Files.write(large(to, larges.get(0)), new byte[larges.get(0).length - 1]);
        byte[] compacted = Files.readAllBytes(pack(from, 1));
        compacted[PackFormat.FILE_HEADER - 1] ^= 1;
        Files.delete(pack(to, 1));
        Files.write(pack(to, 1), compacted);
        Files.delete(pack(to, 2));
        Files.write(pack(to, 2), Arrays.copyOf(Files.readAllBytes(pack(from, 2)), 100));
        Files.write(pack(to, 3), new byte[20_000]);
        copy(to, Optional.empty());
        for (int number = 1; number <= 3; number++) {
            assertThat(pack(to, number)).hasSameBinaryContentAs(pack(from, number));
        }
        assertWhole(to);
    }

    @Test
    void make_earlierCopyOfAnotherPackOfTheSameLength_isNotBelieved() throws Exception {
        copy(to, Optional.empty());
        byte[] other = Files.readAllBytes(pack(from, 1));
        other[PackFormat.FILE_HEADER - 1] ^= 1;
        Files.delete(pack(to, 1));
        Files.write(pack(to, 1), other);
        Path next = directory.resolve("next");
        Copied copied = copy(next, Optional.of(to));
        assertThat(copied.newBytes()).isEqualTo(Files.size(pack(from, 3)) + other.length);
        assertWhole(next);
        assertThat(pack(to, 1)).hasBinaryContent(other);
    }

    @Test
    void make_packThatHasGrownSinceTheEarlierCopy_isTakenFromTheStore() throws Exception {
        copy(to, Optional.empty());
        while (!Files.exists(pack(from, 4))) {
            put(Bytes.of(bodies.size() + 3_000, BODY));
        }
        Path next = directory.resolve("next");
        assertThat(copy(next, Optional.of(to)).newBytes())
                .isEqualTo(Files.size(pack(from, 3)) + Files.size(pack(from, 4)));
        assertWhole(next);
    }

    @Test
    void make_endedFromOutside_theNextGoesOn() throws Exception {
        assertThatThrownBy(() -> StoreCopy.make(from, to, Optional.empty(), bytes -> {
                    throw new IllegalStateException("enough");
                }))
                .hasMessage("enough");
        copy(to, Optional.empty());
        assertWhole(to);
    }

    @Test
    void make_ofNothing_isEmpty() throws Exception {
        Path nothing = Files.createDirectory(directory.resolve("nothing"));
        assertThat(StoreCopy.make(nothing, to, Optional.empty(), bytes -> {})).isEqualTo(new Copied(0, 0, 0));
        assertThat(packs(to)).isEmpty();
    }

    @Test
    void make_packsOfTwoDigits_theHighestNumberGrows() throws Exception {
        while (!Files.exists(pack(from, 10))) {
            put(Bytes.of(bodies.size() + 3_000, BODY));
        }
        copy(to, Optional.empty());
        assertThat(file(pack(to, 9))).isEqualTo(file(pack(from, 9)));
        assertThat(file(pack(to, 10))).isNotEqualTo(file(pack(from, 10)));
        assertWhole(to);
    }

    @Test
    void make_directoryInThePlaceOfAFile_isTold() throws Exception {
        Path wrong = Files.createDirectory(large(from, larges.get(0)).resolveSibling("directory"));
        assertThatThrownBy(() -> copy(to, Optional.empty()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("directory in the store is a directory");
        Files.delete(wrong);
    }

    @Test
    void make_acrossMounts_copiesAndLinksToTheEarlierCopy() throws Exception {
        Optional<Path> elsewhere = Stream.of("/dev/shm", "target")
                .map(Path::of)
                .filter(path -> Files.isWritable(path) && !sameMount(path, directory))
                .findFirst();
        assumeTrue(elsewhere.isPresent(), "all directories are on one mount");
        Path mounted = Files.createTempDirectory(elsewhere.orElseThrow(), "forebay-copy");
        try {
            Path one = mounted.resolve("one");
            Path two = mounted.resolve("two");
            assertThat(copy(one, Optional.empty()).newBytes()).isEqualTo(bytes());
            assertWhole(one);
            assertThat(copy(two, Optional.of(one)).newBytes()).isEqualTo(Files.size(pack(from, 3)));
            assertThat(file(pack(two, 1))).isEqualTo(file(pack(one, 1)));
            assertThat(file(large(two, larges.get(0)))).isEqualTo(file(large(one, larges.get(0))));
            assertWhole(two);
        } finally {
            try (Stream<Path> all = Files.walk(mounted)) {
                all.sorted((a, b) -> b.compareTo(a))
                        .forEach(path -> path.toFile().delete());
            }
        }
    }

    private static boolean sameMount(Path one, Path other) {
        try {
            return Files.getFileStore(one).equals(Files.getFileStore(other));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
