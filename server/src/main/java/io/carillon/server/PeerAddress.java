package io.carillon.server;

/** Where the other members of a group find one: its number in the group, and an address, such as {@code 1=10.0.0.1:10921}. */
public record PeerAddress(int node, HostPort at) {
    public PeerAddress {
        if (node < 1) {
            throw new IllegalArgumentException("members of a group have numbers from 1 on, not " + node);
        }
        if (at.port() == 0) {
            throw new IllegalArgumentException("the others must know the port of member " + node + ": it cannot be 0");
        }
    }

    /** @throws IllegalArgumentException when the text is no {@code number=host:port} */
    public static PeerAddress parse(String text) {
        int equals = text.indexOf('=');
        if (text.indexOf('/') >= 0) {
            throw new IllegalArgumentException(
                    "not a member's address: '" + text + "', write for example 1=127.0.0.1:10921");
        }
        try {
            return new PeerAddress(
                    Integer.parseInt(text.substring(0, Math.max(0, equals)).strip()),
                    HostPort.parse(text.substring(equals + 1).strip()));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "not a member of a group: '" + text + "', write for example 1=127.0.0.1:10921", e);
        }
    }

    @Override
    public String toString() {
        return node + "=" + at;
    }
}
