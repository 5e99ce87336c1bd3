package io.forebay.upstream;

import io.forebay.model.ForebayException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;

/**
 * Which addresses the name of an origin may have. Who answers for a name in the DNS must not lead requests to services of this
 * machine or of its link, such as a cloud's metadata: only who writes an address, {@code localhost} or a name without a dot
 * means those. Private networks are left open, since listed names are intranet names as often as not. Pure.
 */
final class ReachableAddresses {
    private ReachableAddresses() {}

    /**
     * The addresses that may be connected to.
     *
     * @throws ForebayException of kind {@code ORIGIN_INVALID} when none is left
     */
    static List<? extends SocketAddress> of(Authority authority, List<? extends SocketAddress> resolved) {
        if (mayBeLocal(authority.host())) {
            return resolved;
        }
        List<? extends SocketAddress> far =
                resolved.stream().filter(address -> !isLocal(address)).toList();
        if (far.isEmpty() && !resolved.isEmpty()) {
            throw ForebayException.originInvalid("The origin " + authority
                    + " resolves to an address of this machine or its link; such a one must be written as an address");
        }
        return far;
    }

    /** Whether the configuration itself names what is near. */
    private static boolean mayBeLocal(String host) {
        return host.indexOf('.') < 0
                || host.endsWith(".localhost")
                || host.startsWith("[")
                || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
    }

    private static boolean isLocal(SocketAddress address) {
        if (!(address instanceof InetSocketAddress socket) || socket.getAddress() == null) {
            return false;
        }
        InetAddress ip = socket.getAddress();
        return ip.isLoopbackAddress() || ip.isLinkLocalAddress() || ip.isAnyLocalAddress() || ip.isMulticastAddress();
    }
}
