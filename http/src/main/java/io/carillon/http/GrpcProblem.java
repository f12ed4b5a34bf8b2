package io.carillon.http;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Objects;

/** A problem as the whole answer to a call of gRPC that was not looked at any further. */
final class GrpcProblem {
    private static final MediaType ANSWER = MediaType.parse("application/grpc+proto");

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private GrpcProblem() {}

    /** Whether who asks so understands it. */
    static boolean isAnswerTo(RequestHeaders asked) {
        MediaType type = asked.contentType();
        return type != null
                && type.type().equals("application")
                && type.subtype().startsWith("grpc");
    }

    static HttpResponse answer(Problem problem) {
        Status status = problem.grpc().getStatus();
        byte[] details = Objects.requireNonNull(StatusProto.fromThrowable(problem.grpc()), "it was made of one")
                .toByteArray();
        return HttpResponse.of(ResponseHeaders.builder(HttpStatus.OK)
                .contentType(ANSWER)
                .endOfStream(true)
                .set("grpc-status", Integer.toString(status.getCode().value()))
                .set("grpc-message", escaped(problem.detail()))
                .set("grpc-status-details-bin", Base64.getEncoder().encodeToString(details))
                .build());
    }

    /** As the protocol has it: what is no printable ASCII, and the percent sign, as the hexadecimal numbers of its bytes. */
    private static String escaped(String text) {
        StringBuilder to = new StringBuilder(text.length());
        for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
            if (one >= ' ' && one < 0x7F && one != '%') {
                to.append((char) one);
            } else {
                to.append('%').append(HEX.toHexDigits(one));
            }
        }
        return to.toString();
    }
}
