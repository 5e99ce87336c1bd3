package io.forebay.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * A disk that fails, stalls or writes little at a time, as told, and counts what is done to it. It does not really sync, so
 * that a test may do so a thousand times.
 */
final class FaultyFiles extends RealFiles {
    enum Operation {
        OPEN,
        WRITE,
        READ,
        FORCE,
        TRUNCATE,
        RENAME,
        UNLINK,
        MAKE_DIRECTORY,
        FORCE_DIRECTORY
    }

    /** What a disk says. */
    enum Fault {
        FULL("No space left on device", StoreException.Kind.FULL),
        BROKEN("Input/output error", StoreException.Kind.IO);

        private final String text;
        private final StoreException.Kind kind;

        Fault(String text, StoreException.Kind kind) {
            this.text = text;
            this.kind = kind;
        }

        IOException exception() {
            return new IOException(text);
        }

        StoreException.Kind kind() {
            return kind;
        }
    }

    /** What happens before an operation. */
    interface Rule {
        void before(Operation operation, Path path) throws IOException;
    }

    private static final Rule NONE = (operation, path) -> {};

    private final Map<FileChannel, Path> paths = new ConcurrentHashMap<>();
    private final Map<Operation, AtomicInteger> counts = new ConcurrentHashMap<>();
    private final List<Watch> watches = new CopyOnWriteArrayList<>();
    private volatile Rule rule = NONE;
    private volatile int writeAtMost = Integer.MAX_VALUE;
    private final AtomicInteger usableAsked = new AtomicInteger();
    volatile long usable = Long.MAX_VALUE;

    /** What of all this a power cut would leave. */
    final PlatterMemory memory = new PlatterMemory();

    private record Watch(Operation operation, String end, Semaphore seen) {}

    void rule(Rule next) {
        rule = next;
    }

    void heal() {
        rule = NONE;
    }

    void writeAtMost(int bytes) {
        writeAtMost = bytes;
    }

    int count(Operation operation) {
        return counts.getOrDefault(operation, new AtomicInteger()).get();
    }

    int usableAsked() {
        return usableAsked.get();
    }

    long openChannels() {
        return paths.keySet().stream().filter(FileChannel::isOpen).count();
    }

    /** Operations of this kind on paths that end so stall until the gate is opened. */
    Gate stall(Operation stalled, Predicate<Path> which) {
        Gate gate = new Gate();
        rule((operation, path) -> {
            if (operation == stalled && which.test(path)) {
                gate.pass();
            }
        });
        return gate;
    }

    /** Released once for each such operation that is done. */
    Semaphore watch(Operation operation, String end) {
        Watch watch = new Watch(operation, end, new Semaphore(0));
        watches.add(watch);
        return watch.seen();
    }

    static final class Gate {
        private final CountDownLatch opened = new CountDownLatch(1);
        private final Semaphore arrived = new Semaphore(0);

        private void pass() {
            arrived.release();
            boolean in = false;
            while (!in) {
                try {
                    in = opened.await(60, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    throw new AssertionError("a disk thread was interrupted", e);
                }
            }
        }

        void awaitArrival() throws InterruptedException {
            if (!arrived.tryAcquire(20, TimeUnit.SECONDS)) {
                throw new AssertionError("nothing came to the gate");
            }
        }

        void open() {
            opened.countDown();
        }
    }

    private void before(Operation operation, Path path) throws IOException {
        counts.computeIfAbsent(operation, o -> new AtomicInteger()).incrementAndGet();
        rule.before(operation, path);
        if (operation != Operation.READ) {
            memory.count();
        }
    }

    private void after(Operation operation, Path path) throws IOException {
        memory.check();
        for (Watch watch : watches) {
            if (watch.operation() == operation && path.toString().endsWith(watch.end())) {
                watch.seen().release();
            }
        }
    }

    @Override
    public FileChannel open(Path path, OpenOption... options) throws IOException {
        before(Operation.OPEN, path);
        FileChannel channel = super.open(path, options);
        paths.put(channel, path);
        memory.opened(channel, path);
        after(Operation.OPEN, path);
        return channel;
    }

    @Override
    public int write(FileChannel file, ByteBuffer bytes, long position) throws IOException {
        before(Operation.WRITE, paths.get(file));
        int count = Math.min(writeAtMost, bytes.remaining());
        int written = super.write(file, bytes.slice(bytes.position(), count), position);
        bytes.position(bytes.position() + written);
        after(Operation.WRITE, paths.get(file));
        return written;
    }

    @Override
    public int read(FileChannel file, ByteBuffer bytes, long position) throws IOException {
        before(Operation.READ, paths.get(file));
        return super.read(file, bytes, position);
    }

    @Override
    public boolean load(FileChannel file, long position, long count) throws IOException {
        before(Operation.READ, paths.get(file));
        return super.load(file, position, count);
    }

    @Override
    public void force(FileChannel file) throws IOException {
        before(Operation.FORCE, paths.get(file));
        memory.forced(file);
        after(Operation.FORCE, paths.get(file));
    }

    @Override
    public void truncate(FileChannel file, long length) throws IOException {
        before(Operation.TRUNCATE, paths.get(file));
        super.truncate(file, length);
        after(Operation.TRUNCATE, paths.get(file));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        before(Operation.RENAME, to);
        super.rename(from, to);
        memory.renamed(from, to);
        after(Operation.RENAME, to);
    }

    @Override
    public void unlink(Path path) throws IOException {
        before(Operation.UNLINK, path);
        super.unlink(path);
        memory.unlinked(path);
        after(Operation.UNLINK, path);
    }

    @Override
    public void makeDirectory(Path made) throws IOException {
        before(Operation.MAKE_DIRECTORY, made);
        super.makeDirectory(made);
        memory.made(made);
        after(Operation.MAKE_DIRECTORY, made);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        before(Operation.FORCE_DIRECTORY, directory);
        memory.forcedDirectory(directory);
        after(Operation.FORCE_DIRECTORY, directory);
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        usableAsked.incrementAndGet();
        return Math.min(usable, super.usableBytes(directory));
    }
}
