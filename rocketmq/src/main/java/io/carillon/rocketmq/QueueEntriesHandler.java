package io.carillon.rocketmq;

import io.carillon.broker.admin.LiveClients;
import io.carillon.broker.filter.TagFilter;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntries;
import io.carillon.message.Subscription;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Shows the entries of a consume queue as they stand in the index (request code 321). */
final class QueueEntriesHandler implements Handlers {
    private static final int COUNT_MAX = 1024;

    private final MessageLog log;
    private final LiveClients clients;
    private final Aside aside;

    QueueEntriesHandler(MessageLog log, LiveClients clients, Aside aside) {
        this.log = log;
        this.clients = clients;
        this.aside = aside;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher.on(RequestCode.QUERY_CONSUME_QUEUE, this::entries);
    }

    private void entries(Request request) {
        String topic = request.required("topic");
        int number = request.requiredInt("queueId");
        long from = request.longOr("index", 0);
        int count = Math.clamp(request.intOr("count", 10), 0, COUNT_MAX);
        String group = request.ext("consumerGroup");
        aside.answer(request, () -> {
            ConsumeQueue queue = log.existingQueue(topic, number);
            return queue == null
                    ? Reply.of(ResponseCode.SYSTEM_ERROR, number + "@" + topic + " is not exist!")
                    : entries(queue, from, count, group == null || group.isBlank() ? null : group);
        });
    }

    private Reply entries(ConsumeQueue queue, long from, int count, @Nullable String group) {
        Subscription subscription = group == null ? null : subscription(group, queue.topic());
        QueueEntries entries = new QueueEntries(count);
        int found = queue.readRange(from, count, entries);
        JsonText body = new JsonText()
                .add("maxQueueIndex", queue.offsetMax())
                .add("minQueueIndex", queue.offsetMin())
                .addText("queueData", JsonText.array(list(entries, found, subscription)));
        if (subscription != null) {
            body.add("filterData", "null").add("subscriptionData", GroupBodies.subscription(subscription));
        } else if (group != null) {
            body.add("filterData", group + "@" + queue.topic() + " is not online!");
        }
        return found > 0 || count == 0
                ? Reply.ok().body(body.bytes())
                : Reply.of(
                                ResponseCode.SUCCESS,
                                "Index " + from + " of " + queue.number() + "@" + queue.topic() + " is not exist!")
                        .body(body.bytes());
    }

    private @Nullable Subscription subscription(String group, String topic) {
        LiveClients.Consumers live = clients.consumers(group);
        return live == null ? null : live.subscription(topic);
    }

    private static List<JsonText> list(QueueEntries entries, int count, @Nullable Subscription subscription) {
        TagFilter filter = subscription == null || !subscription.isByTag() ? TagFilter.ALL : TagFilter.of(subscription);
        List<JsonText> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(new JsonText()
                    .add("eval", subscription != null && filter.matches(entries.tagsCodes[i]))
                    .add("physicOffset", entries.logOffsets[i])
                    .add("physicSize", entries.sizes[i])
                    .add("tagsCode", entries.tagsCodes[i]));
        }
        return all;
    }
}
