package io.carillon.broker.client;

import java.net.InetSocketAddress;

/** PORT: how the broker reaches a connected client; a front implements it. Equal only to itself. Any thread may call. */
public interface ClientChannel {
    InetSocketAddress remoteAddress();

    boolean isOpen();

    /**
     * Whether another member of this broker's group of replicas passes on between the client and this one. A consumer connects
     * to all members, so it is here by several channels.
     */
    default boolean isRelayed() {
        return false;
    }

    /** Tells a member of a consumer group that the group's members or subscriptions changed. One-way. */
    void membersChanged(String group);

    /**
     * Asks a producer what became of a transaction; it answers by deciding. One-way.
     *
     * @return false when this client cannot be asked: another one is, then
     */
    default boolean checkTransaction(TransactionCheck check) {
        return false;
    }
}
