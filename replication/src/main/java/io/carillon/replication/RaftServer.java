package io.carillon.replication;

import com.alipay.sofa.jraft.rpc.Connection;
import com.alipay.sofa.jraft.rpc.RpcContext;
import com.alipay.sofa.jraft.rpc.RpcProcessor;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcServer;
import com.alipay.sofa.jraft.rpc.impl.ConnectionClosedEventListener;
import com.alipay.sofa.jraft.rpc.impl.PingRequestProcessor;
import com.alipay.sofa.jraft.rpc.impl.core.InstallSnapshotRequestProcessor;
import com.alipay.sofa.jraft.rpc.impl.core.ReadIndexRequestProcessor;
import com.alipay.sofa.jraft.rpc.impl.core.RequestVoteRequestProcessor;
import com.alipay.sofa.jraft.rpc.impl.core.TimeoutNowRequestProcessor;
import com.google.protobuf.Message;
import io.carillon.log.WorkLine;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What the Raft library takes for its server: has it do what other members ask for. Of its requests those that only an
 * operator sends are left out. {@link GroupLine} listens.
 */
final class RaftServer implements RpcServer {
    private final Map<String, RpcProcessor<?>> processors = new HashMap<>();
    private final List<ConnectionClosedEventListener> onClosed = new CopyOnWriteArrayList<>();
    private final int port;

    /**
     * @param port where {@link GroupLine} listens
     * @param neverLeads whether requests to stand for election are refused: a leader that stops sends them to anybody
     */
    RaftServer(int port, Executor work, boolean neverLeads) {
        this.port = port;
        registerProcessor(new AppendProcessor(work));
        registerProcessor(new InstallSnapshotRequestProcessor(work));
        registerProcessor(new RequestVoteRequestProcessor(work));
        if (!neverLeads) {
            registerProcessor(new TimeoutNowRequestProcessor(work));
        }
        registerProcessor(new ReadIndexRequestProcessor(work));
        registerProcessor(new PingRequestProcessor(work));
    }

    /** Has it done on a thread of the library; on the connection's I/O thread. */
    void handle(Request request) {
        Message message = message(request);
        RpcProcessor<?> processor = processors.get(message.getClass().getName());
        if (processor == null) {
            throw new BadRequest(
                    "this member does nothing for a " + message.getClass().getSimpleName());
        }
        handle(processor, message, new Context(peer(request.connection()), request.replyTo()));
    }

    private static Message message(Request request) {
        try {
            return RaftFrames.read(request.copyBody());
        } catch (IOException e) {
            throw new BadRequest("not a request of a member: " + e.getMessage());
        }
    }

    @SuppressWarnings("unchecked") // a processor is found by the class that it is for
    private static <T> void handle(RpcProcessor<T> processor, Message message, Context context) {
        Runnable handling = () -> processor.handleRequest(context, (T) message);
        if (message instanceof AppendEntriesRequest) {
            context.peer().inOrder(processor.executor(), handling);
        } else {
            processor.executor().execute(handling);
        }
    }

    private Peer peer(io.carillon.remoting.Connection connection) {
        Peer known = connection.attachment(Peer.class);
        if (known != null) {
            return known;
        }
        Peer peer = new Peer(connection);
        connection.attach(Peer.class, peer);
        connection.onClose(() -> onClosed.forEach(
                listener -> listener.onClosed(connection.remoteAddress().toString(), peer)));
        return peer;
    }

    /** A connection as the library knows it. */
    private static final class Peer implements Connection {
        private final Map<String, Object> attributes = new ConcurrentHashMap<>();
        private final WorkLine<Runnable> line = new WorkLine<>();
        private final io.carillon.remoting.Connection connection;

        Peer(io.carillon.remoting.Connection connection) {
            this.connection = connection;
        }

        /** Has this done after what came before it over this connection. */
        void inOrder(Executor work, Runnable task) {
            line.add(task);
            work.execute(() -> line.work(Runnable::run));
        }

        @Override
        public @Nullable Object getAttribute(String key) {
            return attributes.get(key);
        }

        @Override
        public void setAttribute(String key, Object value) {
            attributes.put(key, value);
        }

        @Override
        public @Nullable Object setAttributeIfAbsent(String key, Object value) {
            return attributes.putIfAbsent(key, value);
        }

        @Override
        public void close() {
            connection.close();
        }
    }

    private record Context(Peer peer, ReplyTo to) implements RpcContext {
        @Override
        public void sendResponse(Object response) {
            to.send(Reply.ok().body(RaftFrames.of(response)));
        }

        @Override
        public Connection getConnection() {
            return peer;
        }

        @Override
        public String getRemoteAddress() {
            return peer.connection.remoteAddress().toString();
        }
    }

    @Override
    public void registerConnectionClosedEventListener(ConnectionClosedEventListener listener) {
        onClosed.add(listener);
    }

    @Override
    public void registerProcessor(RpcProcessor<?> processor) {
        processors.put(processor.interest(), processor);
    }

    @Override
    public boolean init(@Nullable Void nothing) {
        return true;
    }

    @Override
    public boolean isStarted() {
        return true;
    }

    @Override
    public int boundPort() {
        return port;
    }

    @Override
    public void shutdown() {
        // The line that listens outlives the library's node, and is closed by whoever opened it.
    }
}
