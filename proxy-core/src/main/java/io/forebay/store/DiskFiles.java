package io.forebay.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/**
 * Every operation that the store does on files while it runs. Tests put one in its place that fails or stalls. All of them
 * block: only disk threads call them.
 */
interface DiskFiles {
    FileChannel open(Path path, OpenOption... options) throws IOException;

    /** Positioned, so that no lock of the channel is held that readers need. May write fewer bytes than given. */
    int write(FileChannel file, ByteBuffer bytes, long position) throws IOException;

    /** May read fewer bytes than there is room for; -1 at the end. */
    int read(FileChannel file, ByteBuffer bytes, long position) throws IOException;

    /** Has a range in the page cache, which sending it then need not wait for; false when the file ends before. */
    boolean load(FileChannel file, long position, long count) throws IOException;

    /** Makes the content durable. After a failure what was written since the last success must be taken as lost. */
    void force(FileChannel file) throws IOException;

    void truncate(FileChannel file, long length) throws IOException;

    /** Atomic, replaces. */
    void rename(Path from, Path to) throws IOException;

    /** Does nothing when there is no such file. */
    void unlink(Path path) throws IOException;

    /** Does nothing when it is there. */
    void makeDirectory(Path directory) throws IOException;

    /** Makes names of a directory durable. */
    void forceDirectory(Path directory) throws IOException;

    /** Length of a file, -1 when there is none. */
    long size(Path path) throws IOException;

    /** Usable bytes of the file system. */
    long usableBytes(Path directory) throws IOException;

    /** Size of the file system. */
    long totalBytes(Path directory) throws IOException;
}
