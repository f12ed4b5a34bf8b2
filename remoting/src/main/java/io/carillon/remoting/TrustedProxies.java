package io.carillon.remoting;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashSet;
import java.util.Set;

/** Whose word is taken for who connects. Unchanging. */
final class TrustedProxies {
    private static final String ANY = "any";

    private final boolean isAny;
    private final Set<InetAddress> addresses;

    private TrustedProxies(boolean isAny, Set<InetAddress> addresses) {
        this.isAny = isAny;
        this.addresses = addresses;
    }

    /**
     * Reads addresses divided by commas, or {@code any}.
     *
     * @throws IllegalArgumentException when one is no address; names are not looked up
     */
    static TrustedProxies of(String text) {
        if (text.strip().equals(ANY)) {
            return new TrustedProxies(true, Set.of());
        }
        Set<InetAddress> addresses = new HashSet<>();
        for (String part : text.split(",", -1)) {
            if (!part.isBlank()) {
                addresses.add(addressOf(part.strip()));
            }
        }
        return new TrustedProxies(false, addresses);
    }

    private static InetAddress addressOf(String text) {
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "trustedProxies takes addresses such as 10.0.0.7, divided by commas, or any; not '" + text + "'",
                    e);
        }
    }

    boolean areTrusted(SocketAddress peer) {
        return isAny || (peer instanceof InetSocketAddress socket && addresses.contains(socket.getAddress()));
    }
}
