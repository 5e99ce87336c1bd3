package io.forebay.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * How the tests start the jar: with an archive of its classes, as the package has one, and compiled by the first compiler
 * alone. A start costs a third of the processor so, and there are some two hundred of them.
 */
final class Jvm {
    private static final long TRAINING_SECONDS_MAX = 120;

    /** The collector is the package's. What the JVM has to say about its archive must not stand in a server's output. */
    private static final List<String> OPTIONS =
            List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xlog:cds=off", "-Xlog:cds+dynamic=off");

    private Jvm() {}

    /** The java command, its options and the jar; a program's own arguments come behind. */
    static List<String> command(String... options) {
        List<String> command = new ArrayList<>(List.of(java(), "-XX:SharedArchiveFile=" + Holder.ARCHIVE));
        command.addAll(OPTIONS);
        command.addAll(List.of(options));
        command.addAll(List.of("-jar", ForebayProcess.jar().toString()));
        return command;
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static final class Holder {
        static final Path ARCHIVE = archive();

        /** One for each build and each JVM; who comes first makes it, another JVM waits for it. */
        private static Path archive() {
            Path jar = ForebayProcess.jar();
            String version = System.getProperty("java.vm.version").replaceAll("[^A-Za-z0-9.]", "-");
            Path archive = Fixtures.root().resolve("proxy-server/target/forebay-" + version + ".jsa");
            try (FileChannel channel = FileChannel.open(
                            archive.resolveSibling(archive.getFileName() + ".lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (!Files.exists(archive)
                        || Files.getLastModifiedTime(archive).compareTo(Files.getLastModifiedTime(jar)) < 0) {
                    train(jar, archive);
                }
                return archive;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void train(Path jar, Path archive) throws IOException {
            Path directory = Files.createTempDirectory(archive.getParent(), "training");
            try {
                Path made = directory.resolve("made.jsa");
                Path log = directory.resolve("log");
                List<String> command = new ArrayList<>(List.of(
                        java(),
                        "-XX:TieredStopAtLevel=1",
                        Fixtures.root().resolve("packaging/Training.java").toString(),
                        directory.toString(),
                        java(),
                        "-XX:ArchiveClassesAtExit=" + made));
                command.addAll(OPTIONS);
                command.addAll(List.of("-jar", jar.toString()));
                Process process = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
                if (!process.waitFor(TRAINING_SECONDS_MAX, TimeUnit.SECONDS) || process.exitValue() != 0) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                    throw new IllegalStateException("no archive of classes: " + Files.readString(log));
                }
                Files.move(made, archive, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while an archive of classes is made", e);
            } finally {
                delete(directory);
            }
        }

        private static void delete(Path directory) throws IOException {
            List<Path> all;
            try (Stream<Path> walk = Files.walk(directory)) {
                all = new ArrayList<>(walk.toList());
            }
            for (int i = all.size() - 1; i >= 0; i--) {
                Files.delete(all.get(i));
            }
        }
    }
}
