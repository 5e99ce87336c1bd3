package io.forebay.http;

import io.netty.channel.DefaultFileRegion;
import java.nio.channels.FileChannel;

/** A region of a file that others read too: sent by the kernel, and not closed when it is sent. */
final class FileSlice extends DefaultFileRegion {
    FileSlice(FileChannel channel, long position, long count) {
        super(channel, position, count);
    }

    @Override
    protected void deallocate() {}
}
