package io.forebay.store;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;

/**
 * Prints what this machine's disk and this store do together; no test, not in the gate. Argument: a directory on the disk to
 * be measured, which is made and removed.
 */
final class StoreBenchmark {
    private static final int SMALL = 4_096;
    private static final int MIB = 1024 * 1024;
    private static final int ROUNDS = 5;

    private StoreBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Path root = Files.createDirectories(Path.of(arguments[0]));
        try {
            for (int round = 0; round < ROUNDS; round++) {
                Path directory = root.resolve("round" + round);
                try (DiskBlobStore store = DiskBlobStore.open(StoreOptions.in(directory))) {
                    puts(store, 1, 300, round);
                    puts(store, 256, 20_000, round);
                    drafts(store, 1, 100, round);
                    drafts(store, 16, 400, round);
                    reads(store, round);
                }
            }
            start(root.resolve("start"));
        } finally {
            remove(root);
        }
    }

    private static byte[] body(int length, int number, int round) {
        byte[] bytes = new byte[length];
        bytes[0] = (byte) number;
        bytes[1] = (byte) (number >> 8);
        bytes[2] = (byte) round;
        bytes[3] = (byte) (number >> 16);
        return bytes;
    }

    private static void puts(DiskBlobStore store, int atOnce, int count, int round) throws Exception {
        Semaphore room = new Semaphore(atOnce);
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            byte[] bytes = body(SMALL, i, round * 2 + (atOnce == 1 ? 1 : 0));
            room.acquire();
            store.put(Bytes.digest(bytes), Bytes.buffer(bytes), new byte[200])
                    .subscribe(nothing -> {}, StoreBenchmark::die, room::release);
        }
        room.acquire(atOnce);
        System.out.printf("put 4 KiB, %d at once: %.0f/s%n", atOnce, count / seconds(start));
    }

    private static void drafts(DiskBlobStore store, int atOnce, int count, int round) throws Exception {
        Semaphore room = new Semaphore(atOnce);
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            byte[] bytes = body(MIB, i, round * 2 + (atOnce == 1 ? 1 : 0));
            room.acquire();
            Draft draft = store.draft(OptionalLong.of(MIB), Set.of());
            for (int at = 0; at < MIB; at += MIB / 16) {
                draft.append(Bytes.buffer(bytes, at, MIB / 16));
            }
            draft.finish()
                    .flatMap(sum -> draft.commit(new byte[200]))
                    .subscribe(nothing -> {}, StoreBenchmark::die, room::release);
        }
        room.acquire(atOnce);
        System.out.printf("draft of 1 MiB, %d at once: %.0f MiB/s%n", atOnce, count / seconds(start));
    }

    private static void reads(DiskBlobStore store, int round) {
        long start = System.nanoTime();
        int count = 20_000;
        for (int i = 0; i < count; i++) {
            try (Blob blob =
                    store.openNow(Bytes.digest(body(SMALL, i, round * 2))).orElseThrow()) {
                ByteBuf bytes = blob.read(0, SMALL).block();
                bytes.release();
            }
        }
        System.out.printf("openNow and read 4 KiB, one at once: %.0f/s%n", count / seconds(start));
    }

    /** A hundred thousand large files and as many small bodies, then a start. */
    private static void start(Path directory) throws IOException {
        DiskBlobStore.open(StoreOptions.in(directory)).close();
        for (int i = 0; i < 100_000; i++) {
            String hex = HexFormat.of().withLowerCase().toHexDigits(i * 2_654_435_761L) + "0".repeat(48);
            Path part = directory.resolve("blobs").resolve(hex.substring(14, 16));
            if (i < 4_096) {
                Files.createDirectories(part);
            }
            Files.createFile(part.resolve(hex.substring(0, 14) + hex.substring(16)));
        }
        try (DiskBlobStore store = DiskBlobStore.open(StoreOptions.in(directory))) {
            List<Mono<Void>> puts = new ArrayList<>();
            for (int i = 0; i < 100_000; i++) {
                byte[] bytes = body(64, i, 0);
                puts.add(store.put(Bytes.digest(bytes), Bytes.buffer(bytes), new byte[200]));
                if (puts.size() == 1_000) {
                    Mono.when(puts).block();
                    puts.clear();
                }
            }
        }
        for (int i = 0; i < 3; i++) {
            long start = System.nanoTime();
            try (DiskBlobStore store = DiskBlobStore.open(StoreOptions.in(directory))) {
                System.out.printf("start with %d blobs: %.2f s%n", store.usage().blobs(), seconds(start));
            }
        }
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
    }

    private static void die(Throwable error) {
        throw new IllegalStateException(error);
    }

    private static void remove(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }
}
