package io.carillon.contract;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;

/** Speaks gRPC, by the official client. */
public final class GrpcClient implements ApiClient {
    private final ManagedChannel channel;

    /** @param token empty for none */
    public GrpcClient(int port, String token) {
        Metadata headers = new Metadata();
        if (!token.isEmpty()) {
            headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        }
        channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .intercept(MetadataUtils.newAttachHeadersInterceptor(headers))
                .build();
    }

    @Override
    public <Q extends Message, R extends Message> R call(MethodDescriptor<Q, R> method, Q request) {
        try {
            return ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, request);
        } catch (StatusRuntimeException e) {
            throw problem(e);
        }
    }

    @Override
    public <Q extends Message> Asked ask(MethodDescriptor<Q, ?> method, Q request) {
        return begin(channel.newCall(method, CallOptions.DEFAULT), request);
    }

    /** No message is asked for, so no more than the window of HTTP/2 comes. */
    private static <Q, R> Asked begin(ClientCall<Q, R> call, Q request) {
        call.start(new ClientCall.Listener<>() {}, new Metadata());
        call.sendMessage(request);
        call.halfClose();
        return () -> call.cancel("nobody takes the answer", null);
    }

    private static RuntimeException problem(StatusRuntimeException thrown) {
        Status status = StatusProto.fromThrowable(thrown);
        if (status == null) {
            return thrown;
        }
        try {
            for (Any detail : status.getDetailsList()) {
                if (detail.is(ErrorInfo.class)) {
                    ErrorInfo info = detail.unpack(ErrorInfo.class);
                    String bound = info.getReason().equals("under-limit") ? "min" : "max";
                    return new ApiProblem(
                            info.getReason(),
                            info.getMetadataOrDefault("limit", ""),
                            Long.parseLong(info.getMetadataOrDefault(bound, "0")),
                            status.getMessage());
                }
            }
        } catch (InvalidProtocolBufferException e) {
            thrown.addSuppressed(e);
        }
        return thrown;
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
