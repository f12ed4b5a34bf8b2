package io.carillon.broker.client;

/**
 * Who a client says it is.
 *
 * @param clientId unique among the clients of a cluster, chosen by the client
 * @param language the protocol's name, such as {@code JAVA}
 * @param version the ordinal of the client's version
 */
public record Identity(ClientChannel channel, String clientId, String language, int version) {
    /** Whether it is the same client by another connection, because members of a group of replicas pass on. */
    boolean isOtherWayTo(Identity other) {
        return !channel.equals(other.channel)
                && (channel.isRelayed() || other.channel.isRelayed())
                && clientId.equals(other.clientId);
    }
}
