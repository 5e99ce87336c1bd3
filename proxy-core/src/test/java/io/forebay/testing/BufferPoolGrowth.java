package io.forebay.testing;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Lets Netty's buffer pool grow on an event loop: the thread that adds a magazine waits for the one that is using the old ones, for
 * as long as that takes one buffer. Netty's own list for BlockHound (4.2.18) has the pool's other waits and not this one. Without it a
 * read of an event loop fails now and then in a JVM that has just started, as if the peer had cut the connection. Registered by
 * ServiceLoader.
 */
public final class BufferPoolGrowth implements BlockHoundIntegration {
    @Override
    public void applyTo(BlockHound.Builder builder) {
        builder.allowBlockingCallsInside(
                "io.netty.buffer.AdaptivePoolingAllocator$MagazineGroup", "tryExpandMagazines");
    }
}
