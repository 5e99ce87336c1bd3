package io.forebay.upstream;

import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The addresses of a name in both families, IPv4 before IPv6: whoever connects tries them in this order. Both questions are asked
 * at once. Who answers one of them may leave the other unanswered, so that the second answer is waited for only for a moment (RFC
 * 8305, section 3); one that comes later counts from the next connection on.
 */
final class BothFamilies extends AddressResolverGroup<InetSocketAddress> {
    /** That of RFC 8305, section 8. */
    static final Duration PATIENCE = Duration.ofMillis(50);

    private final AddressResolverGroup<InetSocketAddress> four;
    private final AddressResolverGroup<InetSocketAddress> six;

    /** Owns both groups from now on. */
    BothFamilies(AddressResolverGroup<InetSocketAddress> four, AddressResolverGroup<InetSocketAddress> six) {
        this.four = four;
        this.six = six;
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new Resolver(executor, four.getResolver(executor), six.getResolver(executor));
    }

    @Override
    public void close() {
        super.close();
        four.close();
        six.close();
    }

    private static final class Resolver extends AbstractAddressResolver<InetSocketAddress> {
        private final AddressResolver<InetSocketAddress> four;
        private final AddressResolver<InetSocketAddress> six;

        Resolver(
                EventExecutor executor,
                AddressResolver<InetSocketAddress> four,
                AddressResolver<InetSocketAddress> six) {
            super(executor, InetSocketAddress.class);
            this.four = four;
            this.six = six;
        }

        @Override
        protected boolean doIsResolved(InetSocketAddress address) {
            return !address.isUnresolved();
        }

        @Override
        protected void doResolve(InetSocketAddress name, Promise<InetSocketAddress> promise) {
            Promise<List<InetSocketAddress>> all = executor().newPromise();
            all.addListener(done -> {
                if (done.isSuccess()) {
                    promise.trySuccess(all.getNow().get(0));
                } else {
                    promise.tryFailure(done.cause());
                }
            });
            doResolveAll(name, all);
        }

        @Override
        protected void doResolveAll(InetSocketAddress name, Promise<List<InetSocketAddress>> promise) {
            Future<List<InetSocketAddress>> first = four.resolveAll(name);
            Future<List<InetSocketAddress>> second = six.resolveAll(name);
            first.addListener(done -> answered(first, second, promise));
            second.addListener(done -> answered(first, second, promise));
        }

        private void answered(
                Future<List<InetSocketAddress>> first,
                Future<List<InetSocketAddress>> second,
                Promise<List<InetSocketAddress>> promise) {
            if (first.isDone() && second.isDone()) {
                complete(first, second, promise);
            } else if (first.isSuccess() || second.isSuccess()) {
                executor().schedule(() -> complete(first, second, promise), PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            }
        }

        private static void complete(
                Future<List<InetSocketAddress>> first,
                Future<List<InetSocketAddress>> second,
                Promise<List<InetSocketAddress>> promise) {
            List<InetSocketAddress> all = Stream.of(first, second)
                    .filter(Future::isSuccess)
                    .flatMap(answer -> answer.getNow().stream())
                    .distinct()
                    .toList();
            if (all.isEmpty()) {
                promise.tryFailure(first.cause());
            } else {
                promise.trySuccess(all);
            }
        }
    }
}
