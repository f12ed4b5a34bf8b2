package io.carillon.rocketmq;

import io.carillon.base.Ticker;
import io.carillon.broker.client.Clients;
import io.carillon.broker.produce.Send;
import io.carillon.message.MessageProperties;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.ProduceHandler.Names;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What consumers answer to messages that are requests: 324 (long header names) and 325 (one-letter names). The answer does
 * not wait in a queue: it is handed at once to the client that asked, over the connection by which that sends its
 * heartbeats.
 *
 * <pre>
 * replier -- 325 --> broker -- 326 --> the client whose id is in REPLY_TO_CLIENT
 *                           <-- 0 ----
 *                    stored in the topic that it was sent to, when broker.store-replies is on
 *         <-- 0 ----
 * </pre>
 *
 * <p>No thread waits: each step begins on the I/O thread on which the one before it ended.
 */
final class ReplyHandler implements Handlers {
    private static final String REPLY_TO_CLIENT = "REPLY_TO_CLIENT";
    private static final String PUSH_REPLY_TIME = "PUSH_REPLY_TIME";
    /** Longer than any sender waits for its answer by itself. */
    private static final long PUSH_TIMEOUT_MS = 10_000;

    private final Clients clients;
    private final ProduceHandler produce;
    private final Ticker ticker;
    private final Supplier<InetSocketAddress> address;
    private final BooleanSupplier isStored;

    /** @param isStored whether a reply is also kept in the topic that it was sent to */
    ReplyHandler(
            Clients clients,
            ProduceHandler produce,
            Ticker ticker,
            Supplier<InetSocketAddress> address,
            BooleanSupplier isStored) {
        this.clients = clients;
        this.produce = produce;
        this.ticker = ticker;
        this.address = address;
        this.isStored = isStored;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher.on(
                RequestCode.SEND_REPLY_MESSAGE, request -> handle(request, ProduceHandler.LONG, ProduceHandler.GROUP));
        dispatcher.on(RequestCode.SEND_REPLY_MESSAGE_V2, request -> handle(request, ProduceHandler.SHORT, "a"));
    }

    /**
     * A reply on its way: what is stored of it, and who waits to hear how that went.
     *
     * @param heldBytes what it keeps in memory meanwhile that nobody counts otherwise, because no answer is due
     */
    private record Waiting(Send send, int frameBytes, int heldBytes, ReplyTo replyTo) {}

    private void handle(Request request, Names names, String groupName) {
        Send send = ProduceHandler.read(request, names);
        if (send.isBatch) {
            throw new BadRequest(ResponseCode.MESSAGE_ILLEGAL, "a reply is one message, not a batch");
        }
        Reply refusal = produce.refusalOf(send);
        if (refusal != null) { // told afterwards it would be tried again, and the client that asked got it twice
            request.reply(refusal);
            return;
        }
        Map<String, String> properties = propertiesOf(send);
        String clientId = properties.get(REPLY_TO_CLIENT);
        Reply push = push(request, names, request.required(groupName), properties);
        int heldBytes = request.isOneWay() ? request.frameBytes() : 0;
        request.connection().deferred(heldBytes);
        Waiting waiting = new Waiting(send, request.frameBytes(), heldBytes, request.replyTo());
        if (clientId == null) {
            settle(waiting, "reply message properties[" + REPLY_TO_CLIENT + "] is null");
        } else if (clients.producerOf(clientId) instanceof RemotingChannel channel && channel.isOpen()) {
            channel.connection()
                    .call(RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT, push, PUSH_TIMEOUT_MS)
                    .whenComplete((answer, fault) -> pushed(waiting, clientId, answer, fault));
        } else {
            settle(waiting, "push reply message fail, channel of <" + clientId + "> not found.");
        }
    }

    private static Map<String, String> propertiesOf(Send send) {
        MemorySegment bytes = MemorySegment.ofArray(send.properties);
        return new LinkedHashMap<>(MessageProperties.decode(bytes, 0, send.propertiesBytes));
    }

    /** The reply as the client that asked gets it: under the long names, with where it comes from and when. */
    private Reply push(Request request, Names names, String group, Map<String, String> properties) {
        properties.put(PUSH_REPLY_TIME, Long.toString(ticker.nowMs()));
        Reply push = Reply.ok().ext(ProduceHandler.GROUP, group);
        Names to = ProduceHandler.LONG;
        copy(request, names.topic(), push, to.topic());
        push.ext(to.defaultTopic(), Objects.requireNonNullElse(request.ext(names.defaultTopic()), ""));
        push.ext(to.defaultQueues(), request.intOr(names.defaultQueues(), 0));
        copy(request, names.queueId(), push, to.queueId());
        copy(request, names.sysFlag(), push, to.sysFlag());
        copy(request, names.bornTimestamp(), push, to.bornTimestamp());
        copy(request, names.flag(), push, to.flag());
        push.ext(to.reconsumeTimes(), request.intOr(names.reconsumeTimes(), 0));
        push.ext(to.unitMode(), request.booleanOr(names.unitMode(), false));
        push.ext(to.properties(), text(properties));
        push.ext("bornHost", hostPort(request.connection().remoteAddress()));
        push.ext("storeHost", hostPort(address.get()));
        push.ext("storeTimestamp", ticker.nowMs());
        return push.body(request.copyBody());
    }

    private static void copy(Request from, String name, Reply to, String longName) {
        to.ext(longName, from.required(name));
    }

    private static String text(Map<String, String> properties) {
        StringBuilder text = new StringBuilder();
        properties.forEach((name, value) -> text.append(name)
                .append((char) MessageProperties.NAME_END)
                .append(value)
                .append((char) MessageProperties.VALUE_END));
        return text.toString();
    }

    private static String hostPort(InetSocketAddress host) {
        return host.getAddress().getHostAddress() + ":" + host.getPort();
    }

    /** On the I/O thread of the client that asked, or where its connection was found gone. */
    private void pushed(Waiting waiting, String clientId, @Nullable Response answer, @Nullable Throwable fault) {
        boolean isTaken = fault == null && answer != null && answer.code() == ResponseCode.SUCCESS;
        String why = fault != null ? String.valueOf(fault.getMessage()) : "it could not use the reply";
        Late.run(
                waiting.replyTo().connection(),
                () -> settle(waiting, isTaken ? null : "push reply message to " + clientId + "fail. " + why));
    }

    /**
     * Keeps the reply and answers; only on the I/O thread of its connection. A reply that did not arrive is not kept: its
     * sender tries again, at this broker or at another.
     *
     * @param failure why the client that asked did not get it, or null
     */
    private void settle(Waiting waiting, @Nullable String failure) {
        waiting.replyTo().connection().settled(waiting.heldBytes());
        if (failure != null) {
            waiting.replyTo().send(withBroker(Reply.of(ResponseCode.SYSTEM_ERROR, failure)));
        } else if (isStored.getAsBoolean()) {
            produce.store(waiting.send(), waiting.frameBytes(), waiting.replyTo());
        } else {
            int queue = Math.max(0, waiting.send().queueId);
            // An id that says nothing: official clients want one that is there.
            waiting.replyTo()
                    .send(withBroker(
                            Reply.ok().ext("msgId", "0").ext("queueId", queue).ext("queueOffset", 0)));
        }
    }

    private static Reply withBroker(Reply reply) {
        return reply.ext("MSG_REGION", "DefaultRegion").ext("TRACE_ON", "true");
    }
}
