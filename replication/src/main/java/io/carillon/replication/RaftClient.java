package io.carillon.replication;

import com.alipay.sofa.jraft.ReplicatorGroup;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.InvokeTimeoutException;
import com.alipay.sofa.jraft.error.RemotingException;
import com.alipay.sofa.jraft.option.RpcOptions;
import com.alipay.sofa.jraft.rpc.InvokeCallback;
import com.alipay.sofa.jraft.rpc.InvokeContext;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.util.Endpoint;
import io.carillon.remoting.Response;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the Raft library takes for its client: asks other members over the connections of a {@link GroupLine}. */
final class RaftClient implements RpcClient {
    private @Nullable GroupLine line;
    private @Nullable Consumer<String> onConnected;

    private GroupLine line() {
        return Objects.requireNonNull(line, "asked before it was initialised");
    }

    @Override
    public boolean init(RpcOptions options) {
        if (!(options instanceof MemberOptions member)) {
            throw new IllegalArgumentException("a node of the library is made with " + MemberOptions.class);
        }
        line = member.line();
        Consumer<String> listener = onConnected;
        if (listener != null) {
            line().onConnected(listener);
        }
        return true;
    }

    @Override
    public void shutdown() {
        Consumer<String> listener = onConnected;
        if (listener != null) {
            line().forgetOnConnected(listener);
        }
    }

    @Override
    public boolean checkConnection(Endpoint endpoint) {
        return line().isConnected(endpoint.toString());
    }

    @Override
    public boolean checkConnection(Endpoint endpoint, boolean createIfAbsent) {
        String member = endpoint.toString();
        boolean isConnected = line().isConnected(member);
        if (!isConnected && createIfAbsent) {
            line().connect(member);
        }
        return isConnected;
    }

    @Override
    public void closeConnection(Endpoint endpoint) {
        line().disconnect(endpoint.toString());
    }

    /** Told before it is initialised. */
    @Override
    public void registerConnectEventListener(ReplicatorGroup replicators) {
        onConnected = member -> {
            PeerId peer = PeerId.parsePeer(member);
            if (peer != null) {
                replicators.checkReplicator(peer, true);
            }
        };
    }

    @Override
    public Object invokeSync(Endpoint endpoint, Object request, @Nullable InvokeContext context, long timeoutMs)
            throws InterruptedException, RemotingException {
        try {
            return answer(line().raft(endpoint.toString(), request, timeoutMs).get(timeoutMs, TimeUnit.MILLISECONDS));
        } catch (ExecutionException e) {
            throw fault(e.getCause());
        } catch (TimeoutException | IOException e) {
            throw fault(e);
        }
    }

    @Override
    public void invokeAsync(
            Endpoint endpoint,
            Object request,
            @Nullable InvokeContext context,
            InvokeCallback callback,
            long timeoutMs) {
        CompletableFuture<Response> called = line().raft(endpoint.toString(), request, timeoutMs);
        called.whenComplete((response, fault) -> {
            try {
                callback.executor().execute(() -> complete(callback, response, fault));
            } catch (RejectedExecutionException _) {
                return; // the node that asked is stopped, and nobody waits
            }
        });
    }

    private static void complete(InvokeCallback callback, @Nullable Response response, @Nullable Throwable fault) {
        if (response == null) {
            callback.complete(null, fault(fault));
            return;
        }
        Object answer;
        try {
            answer = answer(response);
        } catch (IOException e) {
            callback.complete(null, fault(e));
            return;
        }
        callback.complete(answer, null);
    }

    private static Object answer(Response response) throws IOException {
        return RaftFrames.read(GroupLine.bodyOf(response));
    }

    private static RemotingException fault(@Nullable Throwable fault) {
        Throwable cause = GroupLine.cause(fault);
        return cause instanceof TimeoutException ? new InvokeTimeoutException(cause) : new RemotingException(cause);
    }
}
