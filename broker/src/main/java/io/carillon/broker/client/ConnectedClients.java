package io.carillon.broker.client;

import io.carillon.broker.admin.LiveClients;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Shows the live clients to the admin commands. Any thread may call. */
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
                shown(live.members()),
                live.subscriptions());
    }

    @Override
    public Map<String, Collection<Client>> producers() {
        Map<String, Collection<Client>> all = new TreeMap<>();
        clients.allProducers().forEach((group, members) -> all.put(group, shown(members)));
        return all;
    }

    @Override
    public Set<String> groupsOn(String topic) {
        return clients.groupsOn(topic);
    }

    private static List<Client> shown(Collection<Member> members) {
        return members.stream().map(ConnectedClients::shown).toList();
    }

    private static Client shown(Member member) {
        Identity who = member.identity();
        return new Client(
                who.clientId(), who.channel().remoteAddress(), who.language(), who.version(), member.seenMs());
    }
}
