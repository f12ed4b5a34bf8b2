package io.carillon.replication;

import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.ErrorResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.InstallSnapshotRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.InstallSnapshotResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.PingRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowResponse;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import io.carillon.remoting.Payload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The Raft library's messages as the bodies of frames: a byte that says which it is, and the message in the encoding of Protocol
 * Buffers. What is not listed here nobody can ask a member for. Any thread.
 */
final class RaftFrames {
    /** The number of a message is its place: new ones come at the end. */
    private static final List<Message> KINDS = List.of(
            ErrorResponse.getDefaultInstance(),
            PingRequest.getDefaultInstance(),
            AppendEntriesRequest.getDefaultInstance(),
            AppendEntriesResponse.getDefaultInstance(),
            RequestVoteRequest.getDefaultInstance(),
            RequestVoteResponse.getDefaultInstance(),
            TimeoutNowRequest.getDefaultInstance(),
            TimeoutNowResponse.getDefaultInstance(),
            InstallSnapshotRequest.getDefaultInstance(),
            InstallSnapshotResponse.getDefaultInstance(),
            ReadIndexRequest.getDefaultInstance(),
            ReadIndexResponse.getDefaultInstance());

    private static final Map<Class<?>, Byte> NUMBERS = new HashMap<>();

    static {
        for (Message kind : KINDS) {
            NUMBERS.put(kind.getClass(), (byte) NUMBERS.size());
        }
    }

    private RaftFrames() {}

    /**
     * The message, written where it is sent from: what it refers to must not change before.
     *
     * @throws IllegalArgumentException when members do not send each other such messages
     */
    static Payload of(Object message) {
        Byte kind = NUMBERS.get(message.getClass());
        if (kind == null || !(message instanceof Message content)) {
            throw new IllegalArgumentException("members do not send each other a " + message.getClass());
        }
        return new Frame(kind, content, 1 + content.getSerializedSize());
    }

    private record Frame(byte kind, Message content, int length) implements Payload {
        @Override
        public void writeTo(ByteBuffer to) {
            to.put(kind);
            CodedOutputStream out = CodedOutputStream.newInstance(to);
            try {
                content.writeTo(out);
                out.flush();
            } catch (IOException e) {
                throw new UncheckedIOException("a message to another member does not fit where it was measured to", e);
            }
        }
    }

    /**
     * @param bytes which the message keeps: they must not change any more
     * @throws IOException when they are no message that members send each other
     */
    static Message read(byte[] bytes) throws IOException {
        if (bytes.length == 0 || bytes[0] < 0 || bytes[0] >= KINDS.size()) {
            throw new IOException("not a message of a member: it begins with "
                    + (bytes.length == 0 ? "nothing" : "the number " + bytes[0]));
        }
        CodedInputStream in =
                UnsafeByteOperations.unsafeWrap(bytes, 1, bytes.length - 1).newCodedInput();
        in.enableAliasing(true);
        return KINDS.get(bytes[0]).getParserForType().parseFrom(in);
    }
}
