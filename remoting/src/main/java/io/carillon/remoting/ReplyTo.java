package io.carillon.remoting;

/** Where the answer to one request goes. May outlive the request; exactly one answer is sent, from any thread. */
public final class ReplyTo {
    private final Connection connection;
    private final int opaque;
    private final boolean isBinary;
    private final boolean isOneWay;

    ReplyTo(Connection connection, int opaque, boolean isBinary, boolean isOneWay) {
        this.connection = connection;
        this.opaque = opaque;
        this.isBinary = isBinary;
        this.isOneWay = isOneWay;
    }

    public Connection connection() {
        return connection;
    }

    public int opaque() {
        return opaque;
    }

    public boolean isBinary() {
        return isBinary;
    }

    public boolean isOneWay() {
        return isOneWay;
    }

    /** Sends the answer in the request's own header encoding; nothing happens when the connection is gone. */
    public void send(Reply reply) {
        throw new IllegalStateException("skeleton");
    }
}
