package io.carillon.replication;

import com.alipay.sofa.jraft.JRaftUtils;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.rpc.RpcServer;
import com.alipay.sofa.jraft.util.ThreadPoolUtil;
import io.carillon.base.CarillonException.BadConfig;
import io.carillon.base.Ticker;
import io.carillon.remoting.Connection;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Payload;
import io.carillon.remoting.RemotingClient;
import io.carillon.remoting.RemotingServer;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a replica with the others, one each way: for the Raft library, and for questions that it does not know. Any
 * thread.
 */
final class GroupLine implements AutoCloseable {
    private static final Logger LOG = System.getLogger(GroupLine.class.getName());
    /** A message of the Raft library, answered by another one. */
    private static final int RAFT = 9541;
    /** One of {@link Questions}. */
    private static final int ASK = 9542;

    private static final int LISTEN_TRIES = 100;
    private static final long LISTEN_AGAIN_NS = 50_000_000;
    private static final long IDLE_SECONDS = 10;
    private static final int WAITING_MAX = 10_000;
    /**
     * A connection over which nothing was answered for so long is made anew: after the network was away, TCP tries again as late as it
     * was away long.
     */
    private static final long SILENT_NS = TimeUnit.SECONDS.toNanos(5);

    private final Executor raftWork = threads("raft-rpc-", new NodeOptions().getRaftRpcThreadPoolSize());
    private final Executor otherWork = threads("raft-ask-", 4);
    private final Executor connectWork = threads("raft-connect-", 4);
    private final RaftServer raft;
    private final Ticker ticker;
    private final @Nullable Proof proof;
    private final RemotingClient client;
    private final RemotingServer listener;
    private final List<Consumer<String>> onConnected = new CopyOnWriteArrayList<>();
    /** Who can be asked at once. */
    private final Map<String, Connection> open = new ConcurrentHashMap<>();

    private final Map<String, CompletableFuture<Connection>> opening = new ConcurrentHashMap<>();

    /** When something was answered over a connection of ours. */
    private static final class Heard {
        private volatile long lastNs;

        Heard(long nowNs) {
            lastNs = nowNs;
        }
    }

    /**
     * Listens from now on.
     *
     * @param answering answers questions; on threads that may wait for the disk
     * @param broke told when a connection that another one had made is closed
     */
    GroupLine(
            ReplicationConfig config,
            Transport transport,
            Ticker ticker,
            UnaryOperator<byte[]> answering,
            Runnable broke) {
        this.ticker = ticker;
        InetSocketAddress here = address(config.self());
        raft = new RaftServer(here.getPort(), raftWork, config.neverLeads());
        proof = transport.secret().isEmpty() ? null : new Proof(config.group(), transport.secret(), transport.random());
        client = new RemotingClient(transport.io(), new Dispatcher(), transport.clientTls());
        raft.registerConnectionClosedEventListener((_, _) -> broke.run());
        Dispatcher dispatcher =
                new Dispatcher().on(RAFT, raft::handle).on(ASK, request -> answerLater(answering, request));
        if (proof != null) {
            proof.guard(dispatcher);
        }
        listener = listen(here, transport, dispatcher);
    }

    /** Threads that end by themselves when there is nothing to do. */
    private static Executor threads(String prefix, int count) {
        ThreadPoolExecutor threads = ThreadPoolUtil.newBuilder()
                .poolName(prefix)
                .enableMetric(false)
                .coreThreads(count)
                .maximumThreads(count)
                .keepAliveSeconds(IDLE_SECONDS)
                .workQueue(new LinkedBlockingQueue<>(WAITING_MAX))
                .threadFactory(JRaftUtils.createThreadFactory(prefix))
                .build();
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /** What listened there a moment ago, such as this member before it was opened again, may not be gone yet. */
    private static RemotingServer listen(InetSocketAddress here, Transport transport, Dispatcher dispatcher) {
        for (int i = 0; ; i++) {
            try {
                return RemotingServer.listen(transport.io(), here, dispatcher, transport.serverTls());
            } catch (IOException e) {
                if (i == LISTEN_TRIES) {
                    throw cannotListen(here, e);
                }
                LockSupport.parkNanos(LISTEN_AGAIN_NS);
            }
        }
    }

    private static BadConfig cannotListen(InetSocketAddress here, IOException why) {
        return new BadConfig(
                "the other members of the group cannot be let in at " + here.getHostString() + ":" + here.getPort()
                        + ": " + why.getMessage() + ". Is the address one of this machine, and the port free?");
    }

    private static InetSocketAddress address(String member) {
        int colon = member.lastIndexOf(':');
        return new InetSocketAddress(member.substring(0, colon), Integer.parseInt(member.substring(colon + 1)));
    }

    private void answerLater(UnaryOperator<byte[]> answering, Request request) {
        byte[] question = request.copyBody();
        ReplyTo to = request.replyTo();
        otherWork.execute(() -> to.send(answer(answering, question)));
    }

    private static Reply answer(UnaryOperator<byte[]> answering, byte[] question) {
        try {
            return Reply.ok().body(answering.apply(question));
        } catch (RuntimeException e) { // whoever asked shall not wait for nothing
            LOG.log(Level.WARNING, "a question of another member could not be answered", e);
            return Reply.of(ResponseCode.SYSTEM_ERROR, String.valueOf(e.getMessage()));
        }
    }

    /** What the Raft library takes for its server. */
    RpcServer server() {
        return raft;
    }

    /** Told of the address of each member to which a connection is made, on a thread that may wait. */
    void onConnected(Consumer<String> listening) {
        onConnected.add(listening);
    }

    void forgetOnConnected(Consumer<String> listening) {
        onConnected.remove(listening);
    }

    boolean isConnected(String member) {
        return connection(member) != null;
    }

    /** The connection to this member; null when there is none, or it is closed, which it may be before we are told. */
    private @Nullable Connection connection(String member) {
        Connection known = open.get(member);
        return known != null && known.isOpen() ? known : null;
    }

    void disconnect(String member) {
        Connection known = open.get(member);
        if (known != null) {
            known.close();
        }
    }

    /** The connection to another member, on which each has proved to be one. */
    CompletableFuture<Connection> connect(String member) {
        Connection known = connection(member);
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        CompletableFuture<Connection> fresh = new CompletableFuture<>();
        CompletableFuture<Connection> begun = opening.putIfAbsent(member, fresh);
        if (begun != null) {
            return begun;
        }
        connected(member).thenCompose(this::proved).whenComplete((connection, fault) -> {
            opening.remove(member, fresh);
            if (fault == null) {
                opened(member, connection);
                fresh.complete(connection);
            } else {
                fresh.completeExceptionally(fault);
            }
        });
        return fresh;
    }

    /** A name may take long to be looked up, for which who asks must not wait. */
    private CompletableFuture<Connection> connected(String member) {
        try {
            return CompletableFuture.supplyAsync(() -> client.connect(address(member)), connectWork)
                    .thenCompose(UnaryOperator.identity());
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletableFuture<Connection> proved(Connection connection) {
        if (proof == null) {
            return CompletableFuture.completedFuture(connection);
        }
        return proof.prove(connection).whenComplete((_, fault) -> {
            if (fault != null) {
                LOG.log(
                        Level.WARNING,
                        "connection closed remote={0} because=\"{1}\"",
                        connection.remoteAddress(),
                        cause(fault));
                connection.close();
            }
        });
    }

    private void opened(String member, Connection connection) {
        connection.attach(Heard.class, new Heard(ticker.nanoTime()));
        open.put(member, connection);
        connection.onClose(() -> open.remove(member, connection));
        onConnected.forEach(listening -> connectWork.execute(() -> listening.accept(member)));
    }

    /** Sends a message of the Raft library; what it refers to must not change before the answer is there. */
    CompletableFuture<Response> raft(String member, Object message, long timeoutMs) {
        return call(member, RAFT, RaftFrames.of(message), timeoutMs);
    }

    /** Asks another member. */
    CompletableFuture<byte[]> ask(String member, byte[] question, long timeoutMs) {
        return call(member, ASK, Payload.of(question), timeoutMs).thenApply(response -> {
            try {
                return bodyOf(response);
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        });
    }

    /** @throws IOException when the other member refused */
    static byte[] bodyOf(Response response) throws IOException {
        if (response.code() != ResponseCode.SUCCESS) {
            throw new IOException("the other member refused with code " + response.code() + ": " + response.remark());
        }
        return response.body();
    }

    private CompletableFuture<Response> call(String member, int code, Payload content, long timeoutMs) {
        Connection known = connection(member);
        if (known != null) {
            return call(known, code, Reply.ok().body(content), timeoutMs); // in the order of the calls
        }
        // Whoever waits may give up before this is sent, and use again what it refers to.
        Reply whole = Reply.ok().body(content.bytes());
        return connect(member)
                .thenCompose(connection -> call(connection, code, whole, timeoutMs))
                .orTimeout(timeoutMs, TimeUnit.MILLISECONDS);
    }

    private CompletableFuture<Response> call(Connection connection, int code, Reply content, long timeoutMs) {
        return connection.call(code, content, timeoutMs).whenComplete((_, fault) -> {
            Heard heard = connection.attachment(Heard.class);
            if (heard != null && fault == null) {
                heard.lastNs = ticker.nanoTime();
            } else if (heard != null
                    && fault instanceof TimeoutException
                    && ticker.nanoTime() - heard.lastNs > SILENT_NS) {
                connection.close();
            }
        });
    }

    /** What went wrong, without what futures wrap around it. */
    static @Nullable Throwable cause(@Nullable Throwable fault) {
        Throwable cause = fault;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    @Override
    public void close() {
        listener.close();
        client.close();
    }
}
