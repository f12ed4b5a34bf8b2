package io.carillon.replication;

import com.alipay.sofa.jraft.rpc.RaftServerService;
import com.alipay.sofa.jraft.rpc.RpcRequestClosure;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesResponse;
import com.alipay.sofa.jraft.rpc.impl.core.NodeRequestProcessor;
import com.google.protobuf.Message;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Appends what a leader sends. In place of the Raft library's own, which numbers the answers to one member so that they go out in
 * order: its numbers are those of a pair of members and not of a connection, so that an answer to a connection that has ended can stand
 * among those to the next one, and none is given from there on. Here each answer goes out when it is there; whoever asked knows
 * by its number what it answers, and a leader puts answers into order by itself.
 */
final class AppendProcessor extends NodeRequestProcessor<AppendEntriesRequest> {
    /** @param work is what runs without an order; the requests of one connection are handed over one after the other */
    AppendProcessor(Executor work) {
        super(work, AppendEntriesResponse.getDefaultInstance());
    }

    @Override
    protected String getPeerId(AppendEntriesRequest request) {
        return request.getPeerId();
    }

    @Override
    protected String getGroupId(AppendEntriesRequest request) {
        return request.getGroupId();
    }

    @Override
    protected @Nullable Message processRequest0(
            RaftServerService service, AppendEntriesRequest request, RpcRequestClosure done) {
        return service.handleAppendEntriesRequest(request, done);
    }

    @Override
    public String interest() {
        return AppendEntriesRequest.class.getName();
    }
}
