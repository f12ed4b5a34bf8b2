package io.carillon.rocketmq;

import io.carillon.broker.metadata.Topics;
import io.carillon.message.Topic;
import io.carillon.nameserver.NameServer;
import io.carillon.nameserver.TopicRoute;
import io.carillon.nameserver.TopicRoute.QueueRow;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks the name servers, each time: clients ask for their share three times a minute, not for each message. */
public final class ClusterRoutes implements QueueRoutes {
    /** Clients wait for three seconds for an answer that this is a part of. */
    private static final long TIMEOUT_MS = 1_000;

    private final @Nullable NameServer embedded;
    private final List<InetSocketAddress> remotes;
    private final NameServerCalls calls;

    /**
     * @param embedded the name server in this process, null when there is none
     * @param remotes the name servers elsewhere, asked in turn when there is no embedded one
     */
    public ClusterRoutes(@Nullable NameServer embedded, List<InetSocketAddress> remotes, NameServerCalls calls) {
        this.embedded = embedded;
        this.remotes = List.copyOf(remotes);
        this.calls = calls;
    }

    @Override
    public void find(String topic, Told told) {
        if (embedded != null) {
            told.accept(embedded.route(topic).map(ClusterRoutes::places).orElse(null));
        } else {
            ask(topic, 0, told);
        }
    }

    private void ask(String topic, int remote, Told told) {
        if (remote >= remotes.size()) {
            told.accept(null);
            return;
        }
        Reply question = Reply.ok().ext("topic", topic);
        calls.call(remotes.get(remote), RequestCode.GET_ROUTEINFO_BY_TOPIC, question, TIMEOUT_MS)
                .whenComplete((response, fault) -> {
                    if (fault != null || response.code() != ResponseCode.SUCCESS) {
                        ask(topic, remote + 1, told);
                    } else {
                        told.accept(places(response));
                    }
                });
    }

    private static @Nullable List<Place> places(Response response) {
        List<Place> all = new ArrayList<>();
        try {
            for (QueueRow row : RouteBodies.readQueues(response.body())) {
                add(all, row.brokerName(), row.permissions(), row.readQueues());
            }
        } catch (BadRequest e) {
            return null;
        }
        Collections.sort(all);
        return all;
    }

    private static List<Place> places(TopicRoute route) {
        List<Place> all = new ArrayList<>();
        route.queues().forEach(row -> add(all, row.brokerName(), row.permissions(), row.readQueues()));
        Collections.sort(all);
        return all;
    }

    private static void add(List<Place> all, String broker, int permissions, int readQueues) {
        boolean isReadable = (permissions & Topic.Permission.READ) != 0;
        int count = isReadable ? Math.min(readQueues, Topics.QUEUES_MAX) : 0;
        for (int queue = 0; queue < count; queue++) {
            all.add(new Place(broker, queue));
        }
    }
}
