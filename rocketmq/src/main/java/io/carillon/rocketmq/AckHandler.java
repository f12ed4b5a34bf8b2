package io.carillon.rocketmq;

import com.alibaba.fastjson2.JSONObject;
import io.carillon.broker.pop.PopService;
import io.carillon.broker.pop.PopService.Outcome;
import io.carillon.broker.pop.RetryKind;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;

/** Settling what was popped: request codes 200051, 200151 and 200053. */
final class AckHandler implements Handlers {
    /** A pop looks at fewer messages than this, so that what it hands out is no farther from its start. */
    private static final int BITS_MAX = 1 << 15;
    /** They are settled where others wait for their turn. */
    private static final int AT_ONCE_MAX = 1 << 16;

    private final PopService service;

    AckHandler(PopService service) {
        this.service = service;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(RequestCode.ACK_MESSAGE, this::ack)
                .on(RequestCode.BATCH_ACK_MESSAGE, this::batchAck)
                .on(RequestCode.CHANGE_MESSAGE_INVISIBLETIME, this::changeInvisible);
    }

    private void ack(Request request) {
        String topic = request.required("topic");
        int queue = request.requiredInt("queueId");
        long offset = request.requiredLong("offset");
        Receipt receipt = Receipt.parse(request.required("extraInfo"));
        Outcome outcome = service.ack(request.required("consumerGroup"), topic, queue, offset, receipt.poppedMs());
        request.reply(reply(outcome, topic, queue, offset));
    }

    private static Reply reply(Outcome outcome, String topic, int queue, long offset) {
        return switch (outcome) {
            case DONE -> Reply.ok();
            case NO_TOPIC ->
                Reply.of(ResponseCode.TOPIC_NOT_EXIST, "topic[" + topic + "] not exist, apply first please!");
            case BAD_QUEUE ->
                Reply.of(ResponseCode.MESSAGE_ILLEGAL, "queueId[" + queue + "] is illegal, topic:[" + topic + "]");
            case NO_MESSAGE ->
                Reply.of(
                        ResponseCode.NO_MESSAGE,
                        "no message is in flight by this receipt at " + topic + "@" + queue + "@" + offset);
            case NOT_STORED ->
                Reply.of(ResponseCode.SERVICE_NOT_AVAILABLE, "the log took nothing, so it could not be made durable");
        };
    }

    private void batchAck(Request request) {
        List<JSONObject> acks = request.bodyBytes() == 0
                ? List.of()
                : ClientBodies.objects(ClientBodies.parse(request.copyBody()), "acks");
        if (acks.isEmpty()) {
            request.reply(Reply.of(ResponseCode.NO_MESSAGE, "the body names no message to acknowledge"));
            return;
        }
        int left = AT_ONCE_MAX;
        for (JSONObject ack : acks) {
            left -= ackAll(ack, left);
        }
        request.reply(Reply.ok());
    }

    /**
     * Those of one queue; what is not there any more is passed over.
     *
     * @return how many there were
     */
    private int ackAll(JSONObject ack, int atMost) {
        String group = text(ack, "c", "consumerGroup");
        RetryKind kind = kind(text(ack, "r", "retry"));
        String topic = kind.topic(text(ack, "t", "topic"), group);
        int queue = (int) number(ack, "q", "queueId");
        long start = number(ack, "so", "startOffset");
        long poppedMs = number(ack, "pt", "popTime");
        BitSet bits = BitSet.valueOf(bytes(text(ack, "b", "bitSet")));
        if (bits.length() > BITS_MAX) {
            throw new BadRequest("an acknowledgement has bits up to " + bits.length()
                    + " messages after its start offset, no pop reaches farther than " + BITS_MAX);
        }
        int count = bits.cardinality();
        if (count > atMost) {
            throw new BadRequest("one request acknowledges " + AT_ONCE_MAX
                    + " messages at most: those before the one that was too many are acknowledged");
        }
        for (int i = bits.nextSetBit(0); i >= 0; i = bits.nextSetBit(i + 1)) {
            service.ack(group, topic, queue, start + i, poppedMs);
        }
        return count;
    }

    private static RetryKind kind(String mark) {
        return switch (mark) {
            case "1" -> RetryKind.V1;
            case "2" -> RetryKind.V2;
            default -> RetryKind.NONE;
        };
    }

    private static String text(JSONObject ack, String name, String longName) {
        String value = ClientBodies.optionalText(ack, ack.containsKey(name) ? name : longName);
        if (value == null) {
            throw new BadRequest("an acknowledgement lacks the field " + name);
        }
        return value;
    }

    private static long number(JSONObject ack, String name, String longName) {
        String value = text(ack, name, longName);
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException _) {
            throw new BadRequest("an acknowledgement's field " + name + " is no number: " + JsonFields.cut(value));
        }
    }

    private static byte[] bytes(String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new BadRequest("an acknowledgement's bits are not base64: " + e.getMessage());
        }
    }

    private void changeInvisible(Request request) {
        String topic = request.required("topic");
        int queue = request.requiredInt("queueId");
        long offset = request.requiredLong("offset");
        Receipt receipt = Receipt.parse(request.required("extraInfo"));
        ReplyTo to = request.replyTo();
        service.changeInvisible(
                request.required("consumerGroup"),
                topic,
                queue,
                offset,
                receipt.poppedMs(),
                request.requiredLong("invisibleTime"),
                (outcome, poppedMs, visibleMs) -> to.send(reply(outcome, topic, queue, offset)
                        .ext("popTime", poppedMs)
                        .ext("invisibleTime", visibleMs - poppedMs)
                        .ext("reviveQid", receipt.reviveQueue())));
    }
}
