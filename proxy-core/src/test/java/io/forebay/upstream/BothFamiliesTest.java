package io.forebay.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Which addresses of a name are tried, and who is waited for. */
class BothFamiliesTest {
    private static final long SECONDS_MAX = 10;
    private static final List<String> FOUR = List.of("192.0.2.1", "192.0.2.2");
    private static final List<String> SIX = List.of("2001:db8:0:0:0:0:0:1");

    private final EventExecutor executor = new DefaultEventExecutor();

    @AfterEach
    void close() {
        executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    @Test
    @DisplayName("reliability 23: a name in both families has all its addresses, IPv4 first")
    void resolveAll_bothAnswer_areBoth() throws Exception {
        assertThat(resolved(Optional.of(FOUR), Optional.of(SIX))).containsExactly(FOUR.get(0), FOUR.get(1), SIX.get(0));
        assertThat(resolved(Optional.of(FOUR), Optional.of(FOUR))).isEqualTo(FOUR);
    }

    @Test
    void resolveAll_oneFamilyHasNone_isTheOther() throws Exception {
        assertThat(resolved(Optional.of(FOUR), Optional.of(List.of()))).isEqualTo(FOUR);
        assertThat(resolved(Optional.of(List.of()), Optional.of(SIX))).isEqualTo(SIX);
    }

    @Test
    void resolveAll_oneFamilyIsNotAnswered_isTheOther() throws Exception {
        assertThat(resolved(Optional.of(FOUR), Optional.empty())).isEqualTo(FOUR);
        assertThat(resolved(Optional.empty(), Optional.of(SIX))).isEqualTo(SIX);
    }

    @Test
    void resolve_name_isItsFirstAddress() throws Exception {
        try (BothFamilies names = new BothFamilies(group(Optional.of(FOUR)), group(Optional.of(SIX)))) {
            Future<InetSocketAddress> one = names.getResolver(executor).resolve(name());
            assertThat(one.get(SECONDS_MAX, TimeUnit.SECONDS).getAddress().getHostAddress())
                    .isEqualTo(FOUR.get(0));
        }
    }

    @Test
    void resolveAll_noAddressAtAll_isUnknown() {
        assertThatThrownBy(() -> resolved(Optional.of(List.of()), Optional.of(List.of())))
                .hasCauseInstanceOf(UnknownHostException.class);
    }

    private List<String> resolved(Optional<List<String>> four, Optional<List<String>> six)
            throws InterruptedException, ExecutionException, TimeoutException {
        try (BothFamilies names = new BothFamilies(group(four), group(six))) {
            Future<List<InetSocketAddress>> all = names.getResolver(executor).resolveAll(name());
            return all.get(SECONDS_MAX, TimeUnit.SECONDS).stream()
                    .map(address -> address.getAddress().getHostAddress())
                    .toList();
        }
    }

    private static InetSocketAddress name() {
        return InetSocketAddress.createUnresolved("origin.example.org", 80);
    }

    /** Answers with these addresses; that there are none; or never. */
    private static AddressResolverGroup<InetSocketAddress> group(Optional<List<String>> addresses) {
        return new AddressResolverGroup<>() {
            @Override
            protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
                return new InetNameResolver(executor) {
                    @Override
                    protected void doResolve(String name, Promise<InetAddress> promise) {
                        promise.setFailure(new AssertionError("one address is not enough"));
                    }

                    @Override
                    protected void doResolveAll(String name, Promise<List<InetAddress>> promise) throws Exception {
                        if (addresses.isEmpty()) {
                            return;
                        }
                        if (addresses.get().isEmpty()) {
                            promise.setFailure(new UnknownHostException(name));
                            return;
                        }
                        List<InetAddress> all = new ArrayList<>();
                        for (String address : addresses.get()) {
                            all.add(InetAddress.getByName(address));
                        }
                        promise.setSuccess(all);
                    }
                }.asAddressResolver();
            }
        };
    }
}
