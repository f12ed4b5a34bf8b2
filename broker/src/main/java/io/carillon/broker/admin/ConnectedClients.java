package io.carillon.broker.admin;

import io.carillon.broker.client.Clients;
import io.carillon.broker.client.ConsumerKind;
import io.carillon.broker.client.LiveGroup;
import io.carillon.broker.client.Member;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The clients that this broker knows by their heartbeats. Any thread may call. */
public final class ConnectedClients implements LiveClients {
    private final Clients clients;

    public ConnectedClients(Clients clients) {
        this.clients = clients;
    }

    @Override
    public @Nullable Consumers consumers(String group) {
        LiveGroup live = clients.group(group);
        if (live == null) {
            return null;
        }
        ConsumerKind kind = live.kind();
        return new Consumers(
                kind.type().name(),
                kind.model().name(),
                kind.from().name(),
                list(live.clients()),
                live.subscriptions());
    }

    @Override
    public Map<String, Collection<Client>> producers() {
        Map<String, Collection<Client>> all = new TreeMap<>();
        clients.allProducers().forEach((group, members) -> all.put(group, list(members)));
        return all;
    }

    @Override
    public Set<String> groupsOn(String topic) {
        return clients.groupsOn(topic);
    }

    private static List<Client> list(Collection<Member> members) {
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
