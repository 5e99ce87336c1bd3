package io.forebay.app;

import io.forebay.catalog.Entry;
import io.forebay.catalog.Notes;
import io.forebay.catalog.SqlCatalog;
import io.forebay.model.Digest;
import io.forebay.model.ForebayException;
import io.forebay.model.Source;
import io.forebay.repository.Repository;
import io.forebay.store.Blob;
import io.forebay.store.BlobStore;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import reactor.core.publisher.Flux;

/**
 * Writes an {@link ExportDirectory}: what is held of some sources, used since an instant or all of it, hashed while it is copied.
 * May run while the server serves. Into the directory of an earlier export only what it lacks is copied, and what this one does
 * not name is removed; until the last step the directory is the earlier export still, or none.
 *
 * <p>One thread, which blocks. Failure: {@link ForebayException}; {@code BAD_REQUEST} for a directory that cannot be used.
 */
final class Export {
    private static final int CHUNK = 1 << 20;
    private static final String NEW = ".new";

    private final SqlCatalog catalog;
    private final BlobStore store;
    private final ExportDirectory directory;
    private final LongConsumer progress;
    private final Set<Digest> written = new LinkedHashSet<>();
    private final Set<Digest> gone = new LinkedHashSet<>();
    private long entries;
    private long bytes;
    private long newBlobs;
    private long newBytes;

    private Export(SqlCatalog catalog, BlobStore store, ExportDirectory directory, LongConsumer progress) {
        this.catalog = catalog;
        this.store = store;
        this.directory = directory;
        this.progress = progress;
    }

    /**
     * Exports.
     *
     * @param data the server's own directory, in which the export must not lie
     * @param sources names
     * @param within only what was used in this time before now; empty for everything
     */
    static Flux<Object> run(
            SqlCatalog catalog,
            BlobStore store,
            Path data,
            Path target,
            Collection<String> sources,
            Optional<Duration> within) {
        Instant since = within.map(Instant.now()::minus).orElse(Instant.EPOCH);
        return LongWork.of("export", progress -> {
            Path path = prepared(data, target);
            return new Export(catalog, store, new ExportDirectory(path), progress).made(sources, since);
        });
    }

    /**
     * The sources that some repositories ask.
     *
     * @param names of repositories; empty for all
     */
    static Set<String> sources(Collection<Repository> repositories, List<String> names) {
        Map<String, Repository> known = new LinkedHashMap<>();
        repositories.forEach(repository -> known.put(repository.name(), repository));
        Set<String> sources = new TreeSet<>();
        for (String name : names.isEmpty() ? List.copyOf(known.keySet()) : names) {
            Repository repository = Optional.ofNullable(known.get(name))
                    .orElseThrow(() -> ForebayException.badRequest(
                            "there is no repository " + name + "; there are: " + String.join(", ", known.keySet())));
            repository.sources().stream().map(Source::name).forEach(sources::add);
        }
        return sources;
    }

    private static Path prepared(Path data, Path target) throws IOException {
        Path wanted = target.toAbsolutePath().normalize();
        if (wanted.startsWith(data) || data.startsWith(wanted)) {
            throw ForebayException.badRequest("the export must lie outside the data directory");
        }
        if (Files.exists(wanted) && !Files.isDirectory(wanted)) {
            throw ForebayException.badRequest(wanted + " is not a directory");
        }
        if (Files.isDirectory(wanted)
                && !LongWork.isEmpty(wanted)
                && !Files.exists(wanted.resolve(ExportDirectory.CATALOG + NEW))
                && !Files.exists(wanted.resolve(ExportDirectory.CATALOG))) {
            throw ForebayException.badRequest(wanted + " holds something that is no export");
        }
        return Files.createDirectories(wanted);
    }

    private Map<String, Object> made(Collection<String> sources, Instant since) throws IOException {
        // Rows first, at once: a read of the database must not last as long as the copying does.
        Path rows = directory.path().resolve(ExportDirectory.CATALOG + NEW);
        list(rows, sources, since);
        Path kept = directory.path().resolve(ExportDirectory.CATALOG + ".kept");
        String sum = copied(rows, kept);
        Files.delete(rows);
        Path sums = directory.path().resolve(ExportDirectory.SUMS + NEW);
        sums(sums, sum);
        Files.move(kept, directory.path().resolve(ExportDirectory.CATALOG), StandardCopyOption.REPLACE_EXISTING);
        Files.move(sums, directory.path().resolve(ExportDirectory.SUMS), StandardCopyOption.REPLACE_EXISTING);
        sweep();
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("entries", entries);
        result.put("blobs", written.size());
        result.put("bytes", bytes);
        result.put("new_blobs", newBlobs);
        result.put("new_bytes", newBytes);
        result.put("lost_blobs", gone.size());
        return result;
    }

    private void list(Path file, Collection<String> sources, Instant since) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            for (String source : sources) {
                for (Entry entry : catalog.since(source, since).toIterable()) {
                    out.write(Notes.write(entry));
                    out.write('\n');
                }
            }
        }
    }

    /** Copies what the rows name and keeps the rows whose bytes there are; the SHA-256 of the kept ones. */
    private String copied(Path rows, Path kept) throws IOException {
        MessageDigest hash = ExportDirectory.sha256();
        try (FileChannel file = FileChannel.open(
                        kept,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING);
                OutputStream out =
                        new DigestOutputStream(new BufferedOutputStream(Channels.newOutputStream(file)), hash)) {
            ExportDirectory.entries(rows, entry -> {
                if (isThere(entry)) {
                    entries++;
                    out.write(Notes.write(entry));
                    out.write('\n');
                }
                progress.accept(bytes);
            });
            out.flush();
            file.force(true);
        }
        return HexFormat.of().formatHex(hash.digest());
    }

    /** Brings the bytes of an entry into the export; false when the store no longer has them. */
    private boolean isThere(Entry entry) throws IOException {
        Digest digest = entry.digest();
        if (written.contains(digest) || gone.contains(digest)) {
            return written.contains(digest);
        }
        Path file = directory.blob(digest);
        boolean held = Files.isRegularFile(file) && Files.size(file) == entry.size();
        if (!held) {
            Optional<Blob> opened = store.open(digest).blockOptional();
            if (opened.isEmpty()) {
                gone.add(digest);
                return false;
            }
            try (Blob blob = opened.get()) {
                copy(blob, file, entry);
            }
            newBlobs++;
            newBytes += entry.size();
        }
        written.add(digest);
        bytes += entry.size();
        return true;
    }

    private static void copy(Blob blob, Path file, Entry entry) throws IOException {
        Files.createDirectories(file.resolveSibling(""));
        Path part = file.resolveSibling(file.getFileName() + NEW);
        MessageDigest hash = ExportDirectory.sha256();
        ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK, Math.max(1, blob.size())));
        try (FileChannel out = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (long at = 0; at < blob.size(); ) {
                chunk.clear().limit((int) Math.min(chunk.capacity(), blob.size() - at));
                int read = blob.channel().read(chunk, blob.position() + at);
                if (read <= 0) {
                    break;
                }
                at += read;
                chunk.flip();
                hash.update(chunk.duplicate());
                while (chunk.hasRemaining()) {
                    out.write(chunk);
                }
            }
        }
        if (!HexFormat.of().formatHex(hash.digest()).equals(blob.digest().hex())) {
            Files.delete(part);
            throw new ForebayException(
                    ForebayException.Kind.INTERNAL,
                    "export: the stored bytes of " + entry.key()
                            + " are damaged: run forebay verify, then export again");
        }
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private void sums(Path file, String catalogSum) throws IOException {
        try (Writer out = Files.newBufferedWriter(file, StandardCharsets.US_ASCII)) {
            out.write(ExportDirectory.line(catalogSum, ExportDirectory.CATALOG));
            for (Digest digest : written) {
                out.write(ExportDirectory.line(digest.hex(), ExportDirectory.name(digest)));
            }
        }
    }

    /** Removes what an earlier export named and this one does not. */
    private void sweep() throws IOException {
        Path blobs = directory.path().resolve(ExportDirectory.BLOBS);
        if (!Files.isDirectory(blobs)) {
            return;
        }
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(blobs, "[0-9a-f][0-9a-f]")) {
            for (Path part : parts) {
                try (DirectoryStream<Path> files = Files.newDirectoryStream(part)) {
                    for (Path file : files) {
                        String name = String.valueOf(file.getFileName());
                        if (!name.matches("[0-9a-f]{64}") || !written.contains(new Digest(name))) {
                            Files.delete(file);
                        }
                    }
                }
            }
        }
    }
}
