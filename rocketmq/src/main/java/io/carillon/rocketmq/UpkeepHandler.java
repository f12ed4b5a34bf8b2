package io.carillon.rocketmq;

import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;

/**
 * Commands by which an operator of Apache's has files deleted before the broker would do so (request codes 306, 316 and
 * 329). Here there is nothing left to do: what has expired goes by itself as soon as it may, and the index of a topic goes
 * with the topic. So they succeed, and say so.
 */
final class UpkeepHandler implements Handlers {
    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(
                        RequestCode.CLEAN_EXPIRED_CONSUMEQUEUE,
                        request -> done(request, "index entries go with the messages"))
                .on(RequestCode.CLEAN_UNUSED_TOPIC, request -> done(request, "a deleted topic's queues go with it"))
                .on(
                        RequestCode.DELETE_EXPIRED_COMMITLOG,
                        request -> done(request, "expired segments are deleted when they expire"));
    }

    private static void done(Request request, String why) {
        request.reply(Reply.of(ResponseCode.SUCCESS, "nothing to do: " + why));
    }
}
