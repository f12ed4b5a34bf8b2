package io.carillon.rocketmq;

import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.ResponseCode;

/**
 * Request codes of mechanisms that only Apache's servers have. They get code 3, as every unknown one does, but with the
 * reason of {@link CodeSupport}, which helps whoever asked.
 */
final class RefusedHandler implements Handlers {
    @Override
    public void register(Dispatcher dispatcher) {
        CodeSupport.refusals().forEach((code, reason) -> dispatcher.on(code, request -> refuse(request, reason)));
    }

    private static void refuse(Request request, String reason) {
        request.reply(Reply.of(
                ResponseCode.REQUEST_CODE_NOT_SUPPORTED,
                " request type " + request.code() + " not supported: " + reason));
    }
}
