package io.carillon.replication;

import com.alipay.sofa.jraft.JRaftUtils;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.option.RpcOptions;
import com.alipay.sofa.jraft.rpc.ProtobufMsgFactory;
import com.alipay.sofa.jraft.rpc.RaftRpcServerFactory;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.rpc.RpcContext;
import com.alipay.sofa.jraft.rpc.RpcProcessor;
import com.alipay.sofa.jraft.rpc.RpcServer;
import com.alipay.sofa.jraft.rpc.impl.BoltRpcServer;
import com.alipay.sofa.jraft.util.Endpoint;
import com.alipay.sofa.jraft.util.RpcFactoryHelper;
import com.alipay.sofa.jraft.util.ThreadPoolUtil;
import io.carillon.base.CarillonException.BadConfig;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The connections of a replica with the others: for the Raft library, and for questions that it does not know. */
final class GroupLine implements AutoCloseable {
    private static final int LISTEN_TRIES = 100;
    private static final long LISTEN_AGAIN_NS = 50_000_000;
    private static final long IDLE_SECONDS = 10;
    private static final int WAITING_MAX = 10_000;

    private final RpcServer server;
    private final RpcClient client;
    private final Executor raftWork;
    private final Executor otherWork;
    private volatile boolean isClosed;

    static {
        // The library's own marks are below one request, and what is refused there breaks its pipeline.
        orElse("bolt.channel_write_buf_low_water_mark", 16 << 20);
        orElse("bolt.channel_write_buf_high_water_mark", 32 << 20);
        ProtobufMsgFactory.load();
        Packet.register();
    }

    private static void orElse(String property, int value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, Integer.toString(value));
        }
    }

    /**
     * Listens from now on.
     *
     * @param answering answers questions; on threads that may wait for the disk
     * @param broke told when a connection that another one had made is closed
     */
    GroupLine(ReplicationConfig config, UnaryOperator<byte[]> answering, Runnable broke) {
        NodeOptions defaults = new NodeOptions();
        raftWork = threads("raft-rpc-", defaults.getRaftRpcThreadPoolSize());
        otherWork = threads("raft-ask-", 4);
        client = RpcFactoryHelper.rpcFactory().createRpcClient();
        client.init(new RpcOptions());
        server = listen(config, answering);
        server.registerConnectionClosedEventListener((_, _) -> broke.run());
    }

    /**
     * Threads that end by themselves when there is nothing to do. They are not stopped: a connection that comes while this is
     * closed may outlive it, and who is refused there every time would not know that it leads to the one before this one.
     */
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
    private RpcServer listen(ReplicationConfig config, UnaryOperator<byte[]> answering) {
        for (int i = 0; ; i++) {
            RpcServer listening = new BoltRpcServer(
                    new com.alipay.remoting.rpc.RpcServer(config.host(), portOf(config.self()), true));
            RaftRpcServerFactory.addRaftRequestProcessors(listening, raftWork, otherWork);
            listening.registerProcessor(new Answering(answering));
            try {
                listening.init(null);
                return listening;
            } catch (RuntimeException e) {
                if (i == LISTEN_TRIES) {
                    client.shutdown();
                    throw cannotListen(config, e.getMessage());
                }
                LockSupport.parkNanos(LISTEN_AGAIN_NS);
            }
        }
    }

    private static BadConfig cannotListen(ReplicationConfig config, @Nullable String why) {
        return new BadConfig("the other members of the group cannot be let in at " + config.host() + ", port "
                + portOf(config.self()) + ": " + why + ". Is the address one of this machine, and the port free?");
    }

    private static int portOf(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    private final class Answering implements RpcProcessor<Packet.Question> {
        private final UnaryOperator<byte[]> answering;

        Answering(UnaryOperator<byte[]> answering) {
            this.answering = answering;
        }

        @Override
        public void handleRequest(RpcContext context, Packet.Question question) {
            if (isClosed) {
                context.getConnection().close(); // so that it is opened anew, to whoever listens now
            } else {
                context.sendResponse(new Packet.Answer(answering.apply(question.bytes)));
            }
        }

        @Override
        public String interest() {
            return Packet.Question.class.getName();
        }

        @Override
        public Executor executor() {
            return otherWork;
        }
    }

    RpcServer server() {
        return server;
    }

    /** Asks another member; connecting to one that cannot be reached takes a second of the caller's time. */
    CompletableFuture<byte[]> ask(String member, byte[] question, long timeoutMs) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        try {
            client.invokeAsync(
                    endpoint(member),
                    new Packet.Question(question),
                    (result, fault) -> complete(answer, result, fault),
                    timeoutMs);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            answer.completeExceptionally(e);
        } catch (com.alipay.sofa.jraft.error.RemotingException | RuntimeException e) {
            answer.completeExceptionally(e);
        }
        return answer;
    }

    private static Endpoint endpoint(String member) {
        return new Endpoint(member.substring(0, member.lastIndexOf(':')), portOf(member));
    }

    private static void complete(CompletableFuture<byte[]> answer, @Nullable Object result, @Nullable Throwable fault) {
        if (result instanceof Packet.Answer packet) {
            answer.complete(packet.bytes);
        } else {
            answer.completeExceptionally(
                    fault == null ? new IllegalStateException("the other member's answer was " + result) : fault);
        }
    }

    @Override
    public void close() {
        isClosed = true;
        server.shutdown();
        client.shutdown();
    }
}
