package io.carillon.rocketmq;

import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.ResponseCode;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Request codes of mechanisms that only Apache's servers have. They get code 3, as every unknown one does, but with a
 * reason that helps whoever asked.
 */
final class RefusedHandler implements Handlers {
    private static final String CONTROLLER =
            "there is no controller here: the brokers of a group choose their leader themselves";
    private static final String ROCKSDB = "there is no RocksDB here: the indexes and settings have one form";
    private static final String COLD =
            "there is no cold data flow control here: cold reads have threads of their own and hold up nobody";
    private static final String SLAVES = "only a slave of Apache's asks this, and none can be one of this broker";

    private static final String LITE =
            "there are no lite topics here: light queues (%LMQ%) are, and who consumes them pulls";

    private static final SortedMap<Integer, String> REASONS = new TreeMap<>(Map.ofEntries(
            Map.entry(45, SLAVES + "; delayed messages: carillon schedule list"),
            Map.entry(60, SLAVES + "; delayed messages: carillon schedule stats"),
            Map.entry(61, SLAVES + "; delayed messages: carillon schedule stats"),
            Map.entry(354, ROCKSDB),
            Map.entry(355, ROCKSDB),
            Map.entry(513, "there are no static topics here: queues do not move between brokers"),
            Map.entry(902, "there is no broker container here: each broker is a process"),
            Map.entry(903, "there is no broker container here: each broker is a process"),
            Map.entry(905, SLAVES),
            Map.entry(906, SLAVES),
            Map.entry(908, "there is no master flush offset here: nothing that was forced to disk is cut"),
            Map.entry(1001, CONTROLLER),
            Map.entry(1002, CONTROLLER),
            Map.entry(1003, CONTROLLER),
            Map.entry(1004, CONTROLLER),
            Map.entry(1005, CONTROLLER),
            Map.entry(1006, CONTROLLER),
            Map.entry(1007, CONTROLLER),
            Map.entry(1008, CONTROLLER),
            Map.entry(1009, CONTROLLER),
            Map.entry(1010, CONTROLLER),
            Map.entry(1011, CONTROLLER),
            Map.entry(1012, CONTROLLER),
            Map.entry(1013, CONTROLLER),
            Map.entry(1014, CONTROLLER),
            Map.entry(1015, CONTROLLER),
            Map.entry(1016, CONTROLLER),
            Map.entry(1017, CONTROLLER),
            Map.entry(1018, CONTROLLER),
            Map.entry(2001, COLD),
            Map.entry(2002, COLD),
            Map.entry(2003, COLD),
            Map.entry(2004, "read-ahead is left to the operating system here"),
            Map.entry(5001, "there is one timer engine here, and nothing to switch to"),
            Map.entry(200056, "what is popped is state of the log here: there is no store of it to go back to"),
            Map.entry(200070, LITE),
            Map.entry(200071, LITE),
            Map.entry(200072, LITE),
            Map.entry(200074, LITE),
            Map.entry(200075, LITE),
            Map.entry(200076, LITE),
            Map.entry(200077, LITE),
            Map.entry(200078, LITE),
            Map.entry(200079, LITE)));

    /** Why each of these codes is refused. */
    static SortedMap<Integer, String> reasons() {
        return REASONS;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        REASONS.keySet().forEach(code -> dispatcher.on(code, RefusedHandler::refuse));
    }

    private static void refuse(Request request) {
        request.reply(Reply.of(
                ResponseCode.REQUEST_CODE_NOT_SUPPORTED,
                " request type " + request.code() + " not supported: " + REASONS.get(request.code())));
    }
}
