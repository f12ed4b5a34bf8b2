package io.carillon.rocketmq;

import com.alibaba.fastjson2.JSONObject;
import io.carillon.broker.client.Clients;
import io.carillon.broker.client.Identity;
import io.carillon.broker.consume.QueueLocks;
import io.carillon.broker.filter.Filters.Outcome;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.ClientBodies.Locks;
import java.util.List;

/** Who is there: heartbeats, goodbyes, member lists and locks of queues (request codes 34, 35, 38, 41, 42 and 46). */
final class ClientHandler implements Handlers {
    private final Clients clients;
    private final QueueLocks locks;
    private final HeartbeatGroups groups;

    ClientHandler(Clients clients, QueueLocks locks, HeartbeatGroups groups) {
        this.clients = clients;
        this.locks = locks;
        this.groups = groups;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(RequestCode.HEART_BEAT, this::heartbeat)
                .on(RequestCode.UNREGISTER_CLIENT, this::unregister)
                .on(RequestCode.GET_CONSUMER_LIST_BY_GROUP, this::consumerIds)
                .on(RequestCode.LOCK_BATCH_MQ, this::lock)
                .on(RequestCode.UNLOCK_BATCH_MQ, this::unlock)
                .on(RequestCode.CHECK_CLIENT_CONFIG, this::checkConfig);
    }

    /** Answers when the groups and their retry topics exist, which may take one write of the log. */
    private void heartbeat(Request request) {
        HeartbeatBody body = HeartbeatBody.of(request.copyBody());
        RemotingChannel channel = RemotingChannel.of(request.connection(), clients);
        Identity who = new Identity(channel, body.clientId(), request.language(), request.version());
        ReplyTo to = request.replyTo();
        for (String group : body.producers()) {
            if (!clients.producer(who, group)) {
                throw new BadRequest("a connection may be of " + Clients.PRODUCER_GROUPS_MAX
                        + " producer groups at most, so it was not taken into " + group);
            }
        }
        groups.prepare(body.consumers(), body.unitGroups(), ready -> {
            boolean changed = false;
            for (var subscriber : ready) {
                changed |= clients.consumer(who, subscriber);
            }
            to.send(Reply.ok().ext("IS_SUPPORT_HEART_BEAT_V2", true).ext("IS_SUB_CHANGE", changed));
        });
    }

    private void unregister(Request request) {
        RemotingChannel channel = RemotingChannel.of(request.connection(), clients);
        String producer = request.ext("producerGroup");
        if (producer != null) {
            clients.leaveProducer(channel, producer);
        }
        String consumer = request.ext("consumerGroup");
        if (consumer != null) {
            clients.leaveConsumer(channel, consumer);
        }
        request.reply(Reply.ok());
    }

    private void consumerIds(Request request) {
        String group = request.required("consumerGroup");
        List<String> ids = clients.consumerIds(group);
        request.reply(
                ids.isEmpty()
                        ? Reply.of(ResponseCode.SYSTEM_ERROR, "no consumer for this group, " + group)
                        : Reply.ok().body(ClientBodies.consumerIds(ids)));
    }

    private void lock(Request request) {
        Locks wanted = Locks.of(request.copyBody());
        ReplyTo replyTo = request.replyTo();
        locks.lock(
                wanted.group(),
                wanted.clientId(),
                wanted.queues(),
                (locked, refusal) -> replyTo.send(
                        refusal == null ? Reply.ok().body(wanted.answer(locked)) : Aside.refusal(refusal)));
    }

    private void unlock(Request request) {
        Locks held = Locks.of(request.copyBody());
        locks.unlock(held.group(), held.clientId(), held.queues());
        request.reply(Reply.ok());
    }

    /** A consumer asks before it starts whether its kind of filter works here. */
    private void checkConfig(Request request) {
        JSONObject subscription = ClientBodies.object(ClientBodies.parse(request.copyBody()), "subscriptionData");
        request.reply(subscription == null ? Reply.ok() : check(subscription));
    }

    private Reply check(JSONObject subscription) {
        String type = HeartbeatBody.type(subscription);
        String expression = ClientBodies.optionalText(subscription, "subString");
        return switch (clients.filters().of(expression == null ? "" : expression, type)) {
            case Outcome.Ready _ -> Reply.ok();
            case Outcome.Bad(String error) -> Reply.of(ResponseCode.SUBSCRIPTION_PARSE_FAILED, error);
            case Outcome.Unsupported(String error) -> Reply.of(ResponseCode.SYSTEM_ERROR, error);
        };
    }
}
