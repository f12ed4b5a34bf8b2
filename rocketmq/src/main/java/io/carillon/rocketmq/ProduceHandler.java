package io.carillon.rocketmq;

import io.carillon.broker.produce.ProduceService;
import io.carillon.broker.produce.Refused;
import io.carillon.broker.produce.Send;
import io.carillon.log.MessageLog;
import io.carillon.log.Refusal;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Connection;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import io.carillon.schedule.Scheduler;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Sends: 10 (long header names), 310 (one-letter names) and 320 (batch). Each connection has a {@link ProduceLane} that
 * gathers the sends of one read batch and hands them to the log together.
 */
final class ProduceHandler implements Handlers {
    /** Names of the header fields, in the order in which the protocol has them. */
    record Names(
            String topic,
            String defaultTopic,
            String defaultQueues,
            String queueId,
            String sysFlag,
            String bornTimestamp,
            String flag,
            String properties,
            String reconsumeTimes,
            String unitMode,
            String maxReconsumeTimes,
            String batch) {}

    static final String GROUP = "producerGroup";
    static final Names LONG = new Names(
            "topic",
            "defaultTopic",
            "defaultTopicQueueNums",
            "queueId",
            "sysFlag",
            "bornTimestamp",
            "flag",
            "properties",
            "reconsumeTimes",
            "unitMode",
            "maxReconsumeTimes",
            "batch");
    static final Names SHORT = new Names("b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m");

    /** A retry topic, its group, and that group's dead letters: more than this somebody deletes meanwhile. */
    private static final int MAKES_MAX = 3;

    private final ProduceService produce;
    private final MessageLog log;
    private final KeyedSends keyed;

    ProduceHandler(ProduceService produce, MessageLog log, Scheduler scheduler) {
        this.produce = produce;
        this.log = log;
        this.keyed = new KeyedSends(produce, scheduler);
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher.on(RequestCode.SEND_MESSAGE, request -> handle(request, LONG));
        dispatcher.on(RequestCode.SEND_MESSAGE_V2, request -> handle(request, SHORT));
        dispatcher.on(RequestCode.SEND_BATCH_MESSAGE, request -> handle(request, SHORT));
    }

    private void handle(Request request, Names names) {
        ProduceLane lane = laneOf(request.connection());
        Send send = lane.send();
        fill(send, request, names);
        Refused refused =
                lane.take(send, request.opaque(), request.isBinary(), request.isOneWay(), request.frameBytes());
        if (refused == null) {
            return;
        }
        if (refused.reason() == Refused.Reason.TO_MAKE) {
            Send copy = copyWithTemplate(send, request, names);
            makeAndRetry(new Parked(lane, copy, request.frameBytes(), request.replyTo(), MAKES_MAX));
        } else if (refused.reason() == Refused.Reason.KEYED) {
            keyed.send(lane, send.copy(), request.replyTo());
        } else {
            request.reply(refusal(refused));
        }
    }

    /** A send of its own, for one that has to wait before it is stored. */
    static Send read(Request request, Names names) {
        Send send = new Send();
        send.bornHost = ProduceService.hostBytes(request.connection().remoteAddress());
        send.mayPublish = topic -> Session.mayPublish(request.connection(), topic);
        fill(send, request, names);
        return copyWithTemplate(send, request, names);
    }

    /** Why the send's topic would not take it, or null: before what cannot be taken back. */
    @Nullable
    Reply refusalOf(Send send) {
        Refused refused = produce.check(send);
        return refused == null ? null : refusal(refused);
    }

    /** Stores a send that waited, and answers it. Only on its connection's I/O thread. */
    void store(Send send, int frameBytes, ReplyTo replyTo) {
        retry(new Parked(laneOf(replyTo.connection()), send, frameBytes, replyTo, MAKES_MAX), null);
    }

    private ProduceLane laneOf(Connection connection) {
        ProduceLane lane = connection.attachment(ProduceLane.class);
        if (lane == null) {
            lane = new ProduceLane(connection, produce, log);
            connection.attach(ProduceLane.class, lane);
        }
        return lane;
    }

    private static void fill(Send send, Request request, Names names) {
        send.topicBytes = request.copyExt(names.topic, send.topic);
        if (send.topicBytes < 0) {
            throw new BadRequest("the send has no topic: header field '" + names.topic + "' is missing");
        }
        if (send.topicBytes > send.topic.length) {
            throw new BadRequest(ResponseCode.INVALID_PARAMETER, "the topic's name is longer than any may be");
        }
        send.queueId = request.requiredInt(names.queueId);
        send.sysFlag = request.requiredInt(names.sysFlag);
        send.bornTimestampMs = request.requiredLong(names.bornTimestamp);
        send.flag = request.requiredInt(names.flag);
        send.reconsumeTimes = request.intOr(names.reconsumeTimes, 0);
        // Of no interest but to retry topics, and most sends are spared to look for it.
        send.maxReconsumeTimes =
                send.topicBytes > 0 && send.topic[0] == '%' ? request.intOr(names.maxReconsumeTimes, -1) : -1;
        send.isBatch = request.booleanOr(names.batch, false);
        int propertiesBytes = request.copyExt(names.properties, send.properties);
        if (propertiesBytes > send.properties.length) {
            throw new BadRequest(
                    ResponseCode.MESSAGE_ILLEGAL, "message properties are longer than 32767 bytes: " + propertiesBytes);
        }
        send.propertiesBytes = Math.max(0, propertiesBytes);
        send.body = request.body();
    }

    /** The fields that only a missing topic makes interesting, so that the others need no string. */
    private static Send copyWithTemplate(Send send, Request request, Names names) {
        Send copy = send.copy();
        copy.template = Objects.requireNonNullElse(request.ext(names.defaultTopic), "");
        copy.isOfUnit = request.booleanOr(names.unitMode, false);
        copy.templateQueues = request.intOr(names.defaultQueues, 4);
        return copy;
    }

    /**
     * A send that waits until what it lacks exists.
     *
     * @param makesLeft how many more things may be made for it
     */
    private record Parked(ProduceLane lane, Send send, int frameBytes, ReplyTo replyTo, int makesLeft) {
        Parked again() {
            return new Parked(lane, send, frameBytes, replyTo, makesLeft - (send.lacksLightQueues() ? 0 : 1));
        }

        /** Of light queues, each message of a batch may name others; they are counted where they are made. */
        boolean mayMakeMore() {
            return send.lacksLightQueues() || makesLeft > 1;
        }
    }

    private void makeAndRetry(Parked parked) {
        Refused refused = produce.createFor(
                parked.send(),
                refusal -> parked.replyTo().connection().ioThread().execute(() -> retry(parked, refusal)));
        if (refused != null) {
            parked.replyTo().send(refusal(refused));
        }
    }

    private void retry(Parked parked, @Nullable Refusal refusal) {
        ReplyTo replyTo = parked.replyTo();
        if (refusal != null) {
            replyTo.send(ProduceLane.refusal(refusal));
            return;
        }
        ProduceLane lane = parked.lane();
        Refused refused =
                lane.take(parked.send(), replyTo.opaque(), replyTo.isBinary(), replyTo.isOneWay(), parked.frameBytes());
        if (refused == null) {
            replyTo.handOver(); // after the lane counted the bytes, so that they are in flight all the time
        } else if (refused.reason() == Refused.Reason.TO_MAKE && parked.mayMakeMore()) {
            makeAndRetry(parked.again());
        } else if (refused.reason() == Refused.Reason.KEYED) {
            keyed.send(lane, parked.send(), replyTo);
        } else {
            replyTo.send(refusal(refused));
        }
        lane.submit();
    }

    static Reply refusal(Refused refused) {
        int code = switch (refused.reason()) {
            case INVALID -> ResponseCode.INVALID_PARAMETER;
            case FORBIDDEN -> ResponseCode.NO_PERMISSION;
            case NO_SUCH_TOPIC, TO_MAKE -> ResponseCode.TOPIC_NOT_EXIST;
            case NO_GROUP -> ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST;
            case ILLEGAL_MESSAGE, KEYED -> ResponseCode.MESSAGE_ILLEGAL;
            case NO_ROOM -> ResponseCode.LMQ_QUOTA_EXCEEDED;
            case BUSY -> ResponseCode.SYSTEM_BUSY;
        };
        return Reply.of(code, refused.detail());
    }
}
