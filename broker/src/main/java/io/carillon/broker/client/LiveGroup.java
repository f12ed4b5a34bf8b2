package io.carillon.broker.client;

import io.carillon.broker.filter.Filters;
import io.carillon.message.Subscription;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A consumer group that has members at this moment. Subscriptions belong to the group, not to its members: of two
 * members that disagree, the one whose version is newer wins (as clients expect of RocketMQ).
 *
 * <p>Any thread may read; {@link Clients} alone changes it, under its lock.
 */
public final class LiveGroup {
    private final String name;
    private volatile ConsumerKind kind;
    private final Map<ClientChannel, Member> members = new ConcurrentHashMap<>();
    private final Map<String, Interest> interests = new ConcurrentHashMap<>();

    private final Filters filters;

    LiveGroup(String name, ConsumerKind kind, Filters filters) {
        this.name = name;
        this.filters = filters;
        this.kind = kind;
    }

    public String name() {
        return name;
    }

    public ConsumerKind kind() {
        return kind;
    }

    public boolean isBroadcast() {
        return kind.model() == MessageModel.BROADCASTING;
    }

    /** By each of their connections. */
    public Collection<Member> members() {
        return List.copyOf(members.values());
    }

    /** Each client once, directly where that is possible. */
    public Collection<Member> clients() {
        return Member.nearest(members.values());
    }

    /** Whether this client is here by another connection as well, because members of the group of replicas pass on. */
    boolean hasOtherwise(Identity client) {
        return members.values().stream().anyMatch(member -> member.identity().isOtherWayTo(client));
    }

    public List<Subscription> subscriptions() {
        return interests.values().stream().map(Interest::subscription).toList();
    }

    /** What the group wants of a topic, or null when it did not subscribe to it. */
    public @Nullable Interest interest(String topic) {
        return interests.get(topic);
    }

    /** The members' ids, each once, sorted: every broker gives the same list, and clients share queues out by it. */
    List<String> clientIds() {
        return members.values().stream()
                .map(Member::clientId)
                .distinct()
                .sorted()
                .toList();
    }

    void setKind(ConsumerKind kind) {
        this.kind = kind;
    }

    @Nullable
    Member member(ClientChannel channel) {
        return members.get(channel);
    }

    void put(Member member) {
        members.put(member.channel(), member);
    }

    @Nullable
    Member remove(ClientChannel channel) {
        return members.remove(channel);
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    boolean hasSubscriptions() {
        return !interests.isEmpty();
    }

    Collection<Member> all() {
        return members.values();
    }

    /**
     * Takes over what a member subscribes to.
     *
     * @return whether the set of topics changed; a newer expression for the same topic moves no queue, so nobody needs
     *     to be told
     */
    boolean subscribe(List<Subscription> wanted) {
        boolean changed = false;
        Set<String> topics = new HashSet<>();
        for (Subscription one : wanted) {
            topics.add(one.topic());
            Interest old = interests.get(one.topic());
            if (old == null || one.version() > old.subscription().version()) {
                interests.put(one.topic(), Interest.of(one, filters));
            }
            changed |= old == null;
        }
        return interests.keySet().retainAll(topics) || changed;
    }
}
