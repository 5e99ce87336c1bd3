package io.forebay.it;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/**
 * What of the machine a test breaks: file systems, system calls, limits, the clock. What needs root or tracing is left out with
 * one line where it is not allowed.
 */
final class Machine {
    private static final long COMMAND_SECONDS_MAX = 30;

    private Machine() {}

    /** A small file system in memory, at a directory that is there. */
    record Mount(Path directory) implements AutoCloseable {
        @Override
        public void close() throws IOException, InterruptedException {
            must("umount", "--lazy", directory.toString());
        }
    }

    /** System calls of a running process fail or stall from here until it is closed. */
    record Tracing(Process process) implements AutoCloseable {
        @Override
        public void close() throws InterruptedException {
            process.destroy();
            if (!process.waitFor(COMMAND_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        }
    }

    /**
     * A control group: what its processes use of memory from when they are in it is limited, and the kernel kills what asks for more.
     *
     * @param kills the file with the count of processes that were killed for that
     */
    record Group(Path directory, Path kills) implements AutoCloseable {
        void add(long pid) throws IOException {
            write(directory.resolve("cgroup.procs"), Long.toString(pid));
        }

        boolean hasKilled() throws IOException {
            return Pattern.compile("(?m)^oom_kill [1-9]")
                    .matcher(Files.readString(kills))
                    .find();
        }

        /** The last process may be on its way out of it still. */
        @Override
        public void close() throws IOException, InterruptedException {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(COMMAND_SECONDS_MAX);
            while (!directory.toFile().delete() && Files.exists(directory)) {
                if (System.nanoTime() > deadline) {
                    throw new IOException("a control group stays: " + directory);
                }
                Thread.sleep(20);
            }
        }
    }

    private static void write(Path file, String value) throws IOException {
        Files.writeString(file, value, StandardOpenOption.WRITE);
    }

    /** An empty group of the first or the second version, whichever the machine has. */
    static Group group(long bytes) throws IOException {
        Path tree = Path.of("/sys/fs/cgroup");
        boolean first = Files.isDirectory(tree.resolve("memory"));
        Path directory = tree.resolve(first ? "memory" : "").resolve("forebay-test-" + System.nanoTime());
        try {
            if (!first) {
                write(tree.resolve("cgroup.subtree_control"), "+memory");
            }
            Files.createDirectory(directory);
        } catch (IOException e) {
            return Assumptions.abort("left out: a control group for memory cannot be made here: " + e);
        }
        Group group = new Group(directory, directory.resolve(first ? "memory.oom_control" : "memory.events"));
        try {
            write(directory.resolve(first ? "memory.limit_in_bytes" : "memory.max"), Long.toString(bytes));
            Path swap = directory.resolve(first ? "memory.swappiness" : "memory.swap.max");
            if (Files.exists(swap)) {
                write(swap, "0");
            }
            return group;
        } catch (IOException e) {
            Files.delete(directory);
            return Assumptions.abort("left out: the memory of a control group cannot be limited here: " + e);
        }
    }

    static Mount mount(Path directory, int mebibytes) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        boolean done = run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs", directory.toString());
        Assumptions.assumeTrue(done, "left out: mounting a file system needs root");
        return new Mount(directory);
    }

    /**
     * Injects into system calls.
     *
     * @param injections as strace writes them: {@code pwrite64:error=EIO}
     */
    static Tracing trace(long pid, Path log, String... injections) throws IOException, InterruptedException {
        return trace(pid, log, List.of(), injections);
    }

    /** As {@link #trace(long, Path, String...)}, for calls on some files only; on all when none is named. */
    static Tracing trace(long pid, Path log, List<Path> files, String... injections)
            throws IOException, InterruptedException {
        List<String> whom = List.of("-f", "-p", Long.toString(pid));
        return trace(whom, OptionalInt.empty(), pid, log, files, injections);
    }

    /** As {@link #trace(long, Path, String...)}, for the threads whose names begin so. */
    static Tracing traceThreads(long pid, String name, Path log, String... injections)
            throws IOException, InterruptedException {
        List<String> threads = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path thread : all) {
                if (Files.readString(thread.resolve("comm")).startsWith(name)) {
                    threads.addAll(List.of("-p", thread.getFileName().toString()));
                }
            }
        }
        return trace(threads, OptionalInt.of(threads.size() / 2), pid, log, List.of(), injections);
    }

    private static Tracing trace(
            List<String> whom, OptionalInt count, long pid, Path log, List<Path> files, String... injections)
            throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                run("strace", "-o", "/dev/null", "true"), "left out: strace is missing or tracing is not allowed");
        List<String> command = new ArrayList<>(List.of("strace", "-o", log + ".calls", "-e"));
        List<String> calls = new ArrayList<>();
        for (String injection : injections) {
            calls.add(injection.substring(0, injection.indexOf(':')));
        }
        command.add("trace=" + String.join(",", calls));
        for (String injection : injections) {
            command.addAll(List.of("-e", "inject=" + injection));
        }
        for (Path file : files) {
            command.addAll(List.of("-P", file.toString()));
        }
        command.addAll(whom);
        Files.deleteIfExists(log);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(COMMAND_SECONDS_MAX);
        while (attached(log) < (count.isPresent() ? count.getAsInt() : threads(pid))) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                process.destroy();
                throw new IllegalStateException("strace does not attach: " + Files.readString(log));
            }
            Thread.sleep(20);
        }
        return new Tracing(process);
    }

    private static long attached(Path log) throws IOException {
        // "Process 1 attached", or "Process 1 attached with 30 threads".
        String said = Files.readString(log);
        long count = 0;
        for (String line : said.split("\n")) {
            if (line.matches(".*attached with \\d+ threads.*")) {
                count += Long.parseLong(line.replaceFirst(".*with (\\d+) threads.*", "$1"));
            } else if (line.contains(" attached")) {
                count++;
            }
        }
        return count;
    }

    private static long threads(long pid) throws IOException {
        return Fixtures.names(Path.of("/proc", Long.toString(pid), "task")).size();
    }

    static boolean run(String... command) throws IOException, InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(COMMAND_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                return false;
            }
            return process.exitValue() == 0;
        } catch (IOException e) {
            // There is no such program.
            return false;
        }
    }

    static void must(String... command) throws IOException, InterruptedException {
        if (!run(command)) {
            throw new IllegalStateException("failed: " + String.join(" ", command));
        }
    }

    static void signal(long pid, String signal) throws IOException, InterruptedException {
        must("kill", "-" + signal, Long.toString(pid));
    }
}
