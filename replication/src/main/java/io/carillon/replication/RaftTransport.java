package io.carillon.replication;

import com.alipay.sofa.jraft.rpc.RaftRpcFactory;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.rpc.RpcServer;
import com.alipay.sofa.jraft.util.Endpoint;
import com.alipay.sofa.jraft.util.SPI;
import org.jspecify.annotations.Nullable;

/**
 * Our connections in place of those that the Raft library brings; it finds this class by its name in {@code META-INF/services}, and
 * takes it for its priority.
 */
@SPI(name = "carillon", priority = 100)
public final class RaftTransport implements RaftRpcFactory {
    /** Made by the library. */
    public RaftTransport() {}

    @Override
    public void registerProtobufSerializer(String className, Object... arguments) {
        // What is sent is listed by RaftFrames.
    }

    @Override
    public RpcClient createRpcClient(@Nullable ConfigHelper<RpcClient> helper) {
        return new RaftClient();
    }

    @Override
    public RpcServer createRpcServer(Endpoint endpoint, @Nullable ConfigHelper<RpcServer> helper) {
        throw new IllegalStateException("the library is given the server of a GroupLine, and makes none");
    }
}
