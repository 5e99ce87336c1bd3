package io.forebay.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** The disk itself. */
class RealFiles implements DiskFiles {
    private static final Path NULL_DEVICE = Path.of("/dev/null");

    private static @Nullable FileChannel nowhere;

    @Override
    public FileChannel open(Path path, OpenOption... options) throws IOException {
        return FileChannel.open(path, options);
    }

    @Override
    public int write(FileChannel file, ByteBuffer bytes, long position) throws IOException {
        return file.write(bytes, position);
    }

    @Override
    public int read(FileChannel file, ByteBuffer bytes, long position) throws IOException {
        return file.read(bytes, position);
    }

    /** What Linux sends to the null device it reads and copies nowhere: a third of what reading the bytes costs. */
    @Override
    public boolean load(FileChannel file, long position, long count) throws IOException {
        FileChannel target = nowhere();
        long end = position + count;
        long at = position;
        while (at < end) {
            long sent = file.transferTo(at, end - at, target);
            if (sent == 0) {
                return false;
            }
            at += sent;
        }
        return true;
    }

    /** One for the process; opened again when it was closed, as an interrupt may do it. */
    static FileChannel nowhere() throws IOException {
        synchronized (NULL_DEVICE) {
            if (nowhere == null || !nowhere.isOpen()) {
                nowhere = FileChannel.open(NULL_DEVICE, StandardOpenOption.WRITE);
            }
            return nowhere;
        }
    }

    @Override
    public void force(FileChannel file) throws IOException {
        file.force(false);
    }

    @Override
    public void truncate(FileChannel file, long length) throws IOException {
        file.truncate(length);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void unlink(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    @Override
    public void makeDirectory(Path directory) throws IOException {
        Files.createDirectories(directory);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public long size(Path path) throws IOException {
        try {
            return Files.size(path);
        } catch (NoSuchFileException e) {
            return -1;
        }
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    @Override
    public long totalBytes(Path directory) throws IOException {
        return Files.getFileStore(directory).getTotalSpace();
    }
}
