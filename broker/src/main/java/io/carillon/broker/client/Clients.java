package io.carillon.broker.client;

import io.carillon.base.Agent;
import io.carillon.base.Ticker;
import io.carillon.broker.filter.Filters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The producers and consumers that are alive, known by their heartbeats. Lives in memory alone: after a restart the
 * clients tell again within their heartbeat interval. Any thread may call; reading takes no lock.
 *
 * <p>A client whose connection closes is gone at once; one that is silent for longer than the timeout is removed by
 * this agent, which sleeps until the earliest moment at which that can be. The members of a clustering group are told
 * of each change of its members or topics, outside the lock.
 */
public final class Clients implements Agent {
    /** Of how many producer groups one client may be; groups of producers are known by no more than being named. */
    public static final int PRODUCER_GROUPS_MAX = 1024;

    private static final long NEVER = Long.MAX_VALUE;
    private static final long NOBODY_RETURNS = Long.MIN_VALUE;
    /** Clients tell every 30 seconds who they are, those before 5.2 no sooner when their connection breaks. */
    private static final long RETURN_NS = Duration.ofMinutes(1).toNanos();

    private final Ticker ticker;
    private volatile long timeoutNs;
    private final Predicate<String> tellsMembers;
    private final Filters filters;
    private final Map<String, LiveGroup> consumers = new ConcurrentHashMap<>();
    private final Map<String, Map<ClientChannel, Member>> producers = new ConcurrentHashMap<>();
    /** Where the client of an id was last heard of as a producer. */
    private final Map<String, ClientChannel> producersById = new ConcurrentHashMap<>();
    /** Which groups a channel is in, so that a close need not look at all groups. Guarded by this. */
    private final Map<ClientChannel, Set<String>> consumersOf = new HashMap<>();

    private final Map<ClientChannel, Set<String>> producersOf = new HashMap<>();

    private final long originNs;
    /** Before this moment, counted from {@link #originNs}, nobody can have been silent for too long. */
    private volatile long nextCheckNs = NEVER;

    /** Until this moment there may be clients that this broker has not heard of. */
    private volatile long returningUntilNs = NOBODY_RETURNS;

    private volatile Runnable waker = () -> {};

    public Clients(Ticker ticker, Duration timeout, Predicate<String> tellsMembers) {
        this(ticker, timeout, tellsMembers, new Filters(true));
    }

    /**
     * @param tellsMembers whether the members of this group want to be told of changes
     * @param filters makes the filters of what they subscribe to
     */
    public Clients(Ticker ticker, Duration timeout, Predicate<String> tellsMembers, Filters filters) {
        this.filters = filters;
        this.ticker = ticker;
        this.timeoutNs = timeout.toNanos();
        this.tellsMembers = tellsMembers;
        this.originNs = ticker.nanoTime();
    }

    /** The clients were another broker's up to now, and will tell this one who they are when it is time. */
    public void takeOver() {
        returningUntilNs = now() + RETURN_NS;
    }

    /** Whether a client that nobody told of may have been there before {@link #takeOver}. */
    public boolean mayReturn() {
        long untilNs = returningUntilNs;
        return untilNs != NOBODY_RETURNS && now() < untilNs;
    }

    /** How long a client may be silent from now on, also one that is silent already. */
    public void timeout(Duration newTimeout) {
        synchronized (this) {
            timeoutNs = newTimeout.toNanos();
            planNextCheck();
        }
        waker.run();
    }

    /**
     * Takes a consumer's heartbeat.
     *
     * @return whether the client should send its subscriptions (again): something changed, or none are known
     */
    public boolean consumer(Identity who, Subscriber subscriber) {
        LiveGroup group;
        boolean changed;
        boolean isUnknown;
        synchronized (this) {
            group = consumers.computeIfAbsent(
                    subscriber.group(), name -> new LiveGroup(name, subscriber.kind(), filters));
            group.setKind(subscriber.kind());
            changed = join(group, who);
            if (subscriber.subscriptions() != null) {
                changed |= group.subscribe(subscriber.subscriptions());
            }
            isUnknown = subscriber.subscriptions() == null && !group.hasSubscriptions();
        }
        if (changed) {
            tell(group);
        }
        dropIfClosed(who.channel());
        return changed || isUnknown;
    }

    private boolean join(LiveGroup group, Identity who) {
        long nowNs = now();
        Member known = group.member(who.channel());
        if (known != null && known.identity().equals(who)) {
            known.touch(nowNs, ticker.nowMs());
            return false;
        }
        boolean changed = known != null || !group.hasOtherwise(who);
        group.put(new Member(who, nowNs, ticker.nowMs()));
        consumersOf.computeIfAbsent(who.channel(), _ -> new HashSet<>()).add(group.name());
        expectNoLaterThan(nowNs + timeoutNs);
        return changed;
    }

    /**
     * Takes a producer's heartbeat.
     *
     * @return false when it was not taken, because the client is of {@link #PRODUCER_GROUPS_MAX} groups already
     */
    public boolean producer(Identity who, String group) {
        synchronized (this) {
            Set<String> groups = producersOf.getOrDefault(who.channel(), Set.of());
            if (groups.size() >= PRODUCER_GROUPS_MAX && !groups.contains(group)) {
                return false;
            }
            Map<ClientChannel, Member> members = producers.computeIfAbsent(group, _ -> new ConcurrentHashMap<>());
            Member known = members.get(who.channel());
            if (known != null && known.identity().equals(who)) {
                known.touch(now(), ticker.nowMs());
            } else {
                members.put(who.channel(), new Member(who, now(), ticker.nowMs()));
                producersOf.computeIfAbsent(who.channel(), _ -> new HashSet<>()).add(group);
                expectNoLaterThan(now() + timeoutNs);
                if (known != null) {
                    forgetPlaceOf(known.clientId(), who.channel(), members);
                }
            }
            producersById.merge(who.clientId(), who.channel(), Clients::nearer);
        }
        dropIfClosed(who.channel());
        return true;
    }

    private static ClientChannel nearer(ClientChannel known, ClientChannel other) {
        return other.isRelayed() && !known.isRelayed() && known.isOpen() ? known : other;
    }

    /** A connection may close while its heartbeat waits for its group to be made: then nobody else would remove it. */
    private void dropIfClosed(ClientChannel channel) {
        if (!channel.isOpen()) {
            closed(channel);
        }
    }

    /** Removes a consumer that says goodbye. */
    public void leaveConsumer(ClientChannel channel, String group) {
        LiveGroup left;
        synchronized (this) {
            forget(consumersOf, channel, group);
            left = removeConsumer(channel, group);
        }
        if (left != null) {
            tell(left);
        }
    }

    /** Removes a producer that says goodbye. */
    public synchronized void leaveProducer(ClientChannel channel, String group) {
        forget(producersOf, channel, group);
        removeProducer(channel, group);
    }

    /** Removes a client everywhere: its connection is gone. */
    public void closed(ClientChannel channel) {
        List<LiveGroup> left = new ArrayList<>();
        synchronized (this) {
            Set<String> groups = consumersOf.remove(channel);
            for (String group : groups == null ? Set.<String>of() : groups) {
                LiveGroup one = removeConsumer(channel, group);
                if (one != null) {
                    left.add(one);
                }
            }
            Set<String> producing = producersOf.remove(channel);
            for (String group : producing == null ? Set.<String>of() : producing) {
                removeProducer(channel, group);
            }
        }
        left.forEach(this::tell);
    }

    private @Nullable LiveGroup removeConsumer(ClientChannel channel, String name) {
        LiveGroup group = consumers.get(name);
        Member removed = group == null ? null : group.remove(channel);
        if (group == null || removed == null) {
            return null;
        }
        if (group.isEmpty()) {
            consumers.remove(name);
        }
        return group.hasOtherwise(removed.identity()) ? null : group;
    }

    private void removeProducer(ClientChannel channel, String name) {
        Map<ClientChannel, Member> members = producers.get(name);
        Member removed = members == null ? null : members.remove(channel);
        if (members == null || removed == null) {
            return;
        }
        if (members.isEmpty()) {
            producers.remove(name);
        }
        forgetPlaceOf(removed.clientId(), channel, members);
    }

    /** Unless the client is in another group by this id: what a client calls itself must not stay when it is gone. */
    private void forgetPlaceOf(String clientId, ClientChannel channel, Map<ClientChannel, Member> others) {
        for (String group : producersOf.getOrDefault(channel, Set.of())) {
            Map<ClientChannel, Member> members = producers.get(group);
            Member other = members == null ? null : members.get(channel);
            if (other != null && other.clientId().equals(clientId)) {
                return;
            }
        }
        if (producersById.remove(clientId, channel)) {
            Member.nearest(others.values()).stream()
                    .filter(other -> other.clientId().equals(clientId))
                    .findFirst()
                    .ifPresent(other -> producersById.put(clientId, other.channel()));
        }
    }

    private static void forget(Map<ClientChannel, Set<String>> groupsOf, ClientChannel channel, String group) {
        Set<String> groups = groupsOf.get(channel);
        if (groups != null && groups.remove(group) && groups.isEmpty()) {
            groupsOf.remove(channel);
        }
    }

    private void tell(LiveGroup group) {
        if (group.isBroadcast() || !tellsMembers.test(group.name())) {
            return;
        }
        for (Member member : group.clients()) {
            if (member.channel().isOpen()) {
                member.channel().membersChanged(group.name());
            }
        }
    }

    /** What makes the filters of subscriptions, also of those that no heartbeat told of. */
    public Filters filters() {
        return filters;
    }

    /** The group, when it has members now. */
    public @Nullable LiveGroup group(String name) {
        return consumers.get(name);
    }

    /** All consumer groups that have members now. */
    public Collection<LiveGroup> groups() {
        return List.copyOf(consumers.values());
    }

    /** The ids of a group's members, sorted; empty when it has none. */
    public List<String> consumerIds(String group) {
        LiveGroup live = consumers.get(group);
        return live == null ? List.of() : live.clientIds();
    }

    /** The names of the groups that subscribe to a topic now. */
    public Set<String> groupsOn(String topic) {
        Set<String> names = new LinkedHashSet<>();
        for (LiveGroup group : consumers.values()) {
            if (group.interest(topic) != null) {
                names.add(group.name());
            }
        }
        return names;
    }

    /** The producers of a group, each once; empty when it has none. */
    public Collection<Member> producers(String group) {
        Map<ClientChannel, Member> members = producers.get(group);
        return members == null ? List.of() : Member.nearest(members.values());
    }

    /** How the client of this id is reached, or null when it is not among the producers now. */
    public @Nullable ClientChannel producerOf(String clientId) {
        return producersById.get(clientId);
    }

    /** All producers by group. */
    public Map<String, Collection<Member>> allProducers() {
        Map<String, Collection<Member>> all = new TreeMap<>();
        producers.forEach((name, members) -> all.put(name, Member.nearest(members.values())));
        return all;
    }

    private long now() {
        return ticker.nanoTime() - originNs;
    }

    /** Only a client that comes anew can bring the next check forward, and only when there was nobody to check. */
    private void expectNoLaterThan(long atNs) {
        if (atNs < nextCheckNs) {
            nextCheckNs = atNs;
            waker.run();
        }
    }

    @Override
    public int doWork() {
        if (now() < nextCheckNs) {
            return 0;
        }
        List<LiveGroup> left = new ArrayList<>();
        int removed = expire(left);
        left.forEach(this::tell);
        return removed;
    }

    private synchronized int expire(List<LiveGroup> left) {
        long latestNs = now() - timeoutNs;
        int removed = 0;
        for (LiveGroup group : consumers.values()) {
            List<Member> silent = silent(group.all(), latestNs);
            silent.forEach(member -> {
                forget(consumersOf, member.channel(), group.name());
                removeConsumer(member.channel(), group.name());
            });
            if (!silent.isEmpty()) {
                left.add(group);
                removed += silent.size();
            }
        }
        for (Map.Entry<String, Map<ClientChannel, Member>> group : producers.entrySet()) {
            List<Member> silent = silent(group.getValue().values(), latestNs);
            silent.forEach(member -> leaveProducer(member.channel(), group.getKey()));
            removed += silent.size();
        }
        planNextCheck();
        return removed;
    }

    private static List<Member> silent(Collection<Member> members, long latestNs) {
        return members.stream().filter(member -> member.seenNs() <= latestNs).toList();
    }

    private void planNextCheck() {
        long oldestNs = NEVER;
        for (LiveGroup group : consumers.values()) {
            oldestNs = Math.min(oldestNs, oldest(group.all()));
        }
        for (Map<ClientChannel, Member> members : producers.values()) {
            oldestNs = Math.min(oldestNs, oldest(members.values()));
        }
        nextCheckNs = oldestNs == NEVER ? NEVER : oldestNs + timeoutNs;
    }

    private static long oldest(Collection<Member> members) {
        return members.stream().mapToLong(Member::seenNs).min().orElse(NEVER);
    }

    @Override
    public long restNs() {
        long nextNs = nextCheckNs;
        return nextNs == NEVER ? NEVER : Math.max(0, nextNs - now());
    }

    @Override
    public void wakeBy(Runnable waker) {
        this.waker = waker;
    }

    @Override
    public String name() {
        return "clients";
    }
}
