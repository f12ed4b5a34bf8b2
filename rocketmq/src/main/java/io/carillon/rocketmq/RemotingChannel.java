package io.carillon.rocketmq;

import io.carillon.broker.client.ClientChannel;
import io.carillon.broker.client.Clients;
import io.carillon.broker.client.TransactionCheck;
import io.carillon.message.MessageRecord;
import io.carillon.remoting.Connection;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

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
    public boolean isRelayed() {
        return connection.isRelayed();
    }

    @Override
    public boolean checkTransaction(TransactionCheck check) {
        // What a client does not read must not fill the memory: it is asked when it has caught up.
        if (!connection.isOpen() || !connection.takesMore()) {
            return false;
        }
        // Anybody may say that he is of a producer group, and what he is asked shows him the message.
        if (!Session.mayPublish(connection, check.topic())) {
            return false;
        }
        Reply question = Reply.ok()
                .ext("topic", check.topic())
                .ext("tranStateTableOffset", check.half())
                .ext("commitLogOffset", check.logOffset())
                .ext("msgId", check.uniqueId())
                .ext("transactionId", check.uniqueId())
                .ext("offsetMsgId", offsetId(check))
                .ext("bname", check.broker())
                .body(check.record().toArray(ValueLayout.JAVA_BYTE));
        connection.notify(RequestCode.CHECK_TRANSACTION_STATE, question);
        return true;
    }

    private static String offsetId(TransactionCheck check) {
        byte[] id = new OffsetId().of(MessageRecord.storeHost(check.record(), 0), check.logOffset());
        return new String(id, StandardCharsets.US_ASCII);
    }

    @Override
    public void membersChanged(String group) {
        connection.notify(RequestCode.NOTIFY_CONSUMER_IDS_CHANGED, Reply.ok().ext("consumerGroup", group));
    }
}
