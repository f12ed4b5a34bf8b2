package io.carillon.broker;

import io.carillon.broker.admin.LiveClients;
import io.carillon.broker.client.Clients;
import io.carillon.broker.client.LiveGroup;
import io.carillon.broker.client.Member;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the admin commands see of the clients that heartbeats told of. */
record ConnectedClients(Clients clients) implements LiveClients {
    @Override
    public @Nullable Consumers consumers(String group) {
        LiveGroup live = clients.group(group);
        if (live == null) {
            return null;
        }
        return new Consumers(
                live.kind().type().name(),
                live.kind().model().name(),
                live.kind().from().name(),
                clientsOf(live.members()),
                live.subscriptions());
    }

    @Override
    public Map<String, Collection<Client>> producers() {
        Map<String, Collection<Client>> all = new HashMap<>();
        clients.allProducers().forEach((group, members) -> all.put(group, clientsOf(members)));
        return all;
    }

    @Override
    public Set<String> groupsOn(String topic) {
        return clients.groupsOn(topic);
    }

    private static List<Client> clientsOf(Collection<Member> members) {
        return members.stream()
                .map(member -> new Client(
                        member.clientId(),
                        member.channel().remoteAddress(),
                        member.identity().language(),
                        member.identity().version(),
                        member.seenMs()))
                .toList();
    }
}
