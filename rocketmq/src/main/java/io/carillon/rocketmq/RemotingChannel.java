package io.carillon.rocketmq;

import io.carillon.broker.client.ClientChannel;
import io.carillon.broker.client.Clients;
import io.carillon.remoting.Connection;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import java.net.InetSocketAddress;

/** A client that is reached by the remoting protocol; one per connection, and equal only to itself. Any thread. */
final class RemotingChannel implements ClientChannel {
    private final Connection connection;

    private RemotingChannel(Connection connection) {
        this.connection = connection;
    }

    /**
     * The channel of a connection, made on first use; the clients forget it when the connection closes. Only on the
     * connection's I/O thread.
     */
    static RemotingChannel of(Connection connection, Clients clients) {
        RemotingChannel known = connection.attachment(RemotingChannel.class);
        if (known != null) {
            return known;
        }
        RemotingChannel channel = new RemotingChannel(connection);
        connection.attach(RemotingChannel.class, channel);
        connection.onClose(() -> clients.closed(channel));
        return channel;
    }

    Connection connection() {
        return connection;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return connection.remoteAddress();
    }

    @Override
    public boolean isOpen() {
        return connection.isOpen();
    }

    @Override
    public void membersChanged(String group) {
        connection.notify(RequestCode.NOTIFY_CONSUMER_IDS_CHANGED, Reply.ok().ext("consumerGroup", group));
    }
}
