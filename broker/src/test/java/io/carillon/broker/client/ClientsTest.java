package io.carillon.broker.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Ticker;
import io.carillon.broker.filter.TagExpression;
import io.carillon.message.Subscription;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClientsTest {
    private static final ConsumerKind PUSH = new ConsumerKind(
            ConsumeType.CONSUME_PASSIVELY, MessageModel.CLUSTERING, ConsumeFrom.CONSUME_FROM_LAST_OFFSET);
    private static final ConsumerKind BROADCAST = new ConsumerKind(
            ConsumeType.CONSUME_PASSIVELY, MessageModel.BROADCASTING, ConsumeFrom.CONSUME_FROM_LAST_OFFSET);

    private final Clock clock = new Clock();
    private final Clients clients = new Clients(clock, Duration.ofSeconds(120), group -> !group.equals("quiet"));

    private static final class Clock implements Ticker {
        private long nowNs = -5_000_000_000L;

        void advance(Duration by) {
            nowNs += by.toNanos();
        }

        @Override
        public long nowMs() {
            return 1_700_000_000_000L + nowNs / 1_000_000;
        }

        @Override
        public long nanoTime() {
            return nowNs;
        }
    }

    private static final class Channel implements ClientChannel {
        private final List<String> notices = new ArrayList<>();
        private boolean isOpen = true;
        private boolean isRelayed;

        static Channel relayed() {
            Channel channel = new Channel();
            channel.isRelayed = true;
            return channel;
        }

        @Override
        public boolean isRelayed() {
            return isRelayed;
        }

        @Override
        public InetSocketAddress remoteAddress() {
            return new InetSocketAddress("127.0.0.1", 1);
        }

        @Override
        public boolean isOpen() {
            return isOpen;
        }

        @Override
        public void membersChanged(String group) {
            notices.add(group);
        }
    }

    private static Identity identity(ClientChannel channel, String id) {
        return new Identity(channel, id, "JAVA", 513);
    }

    private static Subscription tags(String topic, String expression, long version) {
        return TagExpression.parse(topic, expression, version).orElseThrow();
    }

    private boolean beat(Channel channel, String id, String group, ConsumerKind kind, Subscription... wanted) {
        return clients.consumer(identity(channel, id), new Subscriber(group, kind, List.of(wanted)));
    }

    private @Nullable Interest interest(String group, String topic) {
        return Objects.requireNonNull(clients.group(group)).interest(topic);
    }

    @Test
    void tellsEveryMemberThatOneJoined() {
        Channel first = new Channel();
        Channel second = new Channel();

        assertThat(beat(first, "b", "G", PUSH, tags("T", "*", 1))).isTrue();
        assertThat(beat(second, "a", "G", PUSH, tags("T", "*", 1))).isTrue();
        assertThat(beat(second, "a", "G", PUSH, tags("T", "*", 1))).isFalse();

        assertThat(first.notices).containsExactly("G", "G");
        assertThat(second.notices).containsExactly("G");
        assertThat(clients.consumerIds("G")).containsExactly("a", "b");
    }

    @Test
    void namesAClientOnceThoughItHasTwoConnections() {
        beat(new Channel(), "a", "G", PUSH, tags("T", "*", 1));
        beat(new Channel(), "a", "G", PUSH, tags("T", "*", 1));

        assertThat(clients.consumerIds("G")).containsExactly("a");
        assertThat(Objects.requireNonNull(clients.group("G")).members()).hasSize(2);
    }

    @Test
    void tellsTheRestWhenAMemberSaysGoodbyeOrItsConnectionCloses() {
        Channel stays = new Channel();
        Channel leaves = new Channel();
        Channel breaks = new Channel();
        beat(stays, "a", "G", PUSH, tags("T", "*", 1));
        beat(leaves, "b", "G", PUSH, tags("T", "*", 1));
        beat(breaks, "c", "G", PUSH, tags("T", "*", 1));
        stays.notices.clear();

        clients.leaveConsumer(leaves, "G");
        breaks.isOpen = false;
        clients.closed(breaks);
        clients.closed(breaks);

        assertThat(stays.notices).containsExactly("G", "G");
        assertThat(clients.consumerIds("G")).containsExactly("a");
    }

    @Test
    void tellsNobodyOfABroadcastGroupOrOneThatDoesNotWantIt() {
        Channel first = new Channel();

        beat(first, "a", "B", BROADCAST, tags("T", "*", 1));
        beat(new Channel(), "b", "B", BROADCAST, tags("T", "*", 1));
        beat(first, "a", "quiet", PUSH, tags("T", "*", 1));

        assertThat(first.notices).isEmpty();
        assertThat(clients.consumerIds("B")).containsExactly("a", "b");
    }

    @Test
    void forgetsAGroupWithItsLastMember() {
        Channel only = new Channel();
        beat(only, "a", "G", PUSH, tags("T", "*", 1));

        clients.closed(only);

        assertThat(clients.group("G")).isNull();
        assertThat(clients.consumerIds("G")).isEmpty();
        assertThat(clients.groups()).isEmpty();
        assertThat(clients.restNs()).isPositive();
    }

    @Test
    void removesAClientThatWasSilentForTooLongAndNoOther() {
        Channel silent = new Channel();
        Channel alive = new Channel();
        beat(silent, "s", "G", PUSH, tags("T", "*", 1));
        beat(alive, "a", "G", PUSH, tags("T", "*", 1));
        clients.producer(identity(silent, "s"), "P");
        alive.notices.clear();

        clock.advance(Duration.ofSeconds(119));
        assertThat(clients.doWork()).isZero();
        beat(alive, "a", "G", PUSH, tags("T", "*", 1));
        assertThat(clients.restNs()).isEqualTo(Duration.ofSeconds(1).toNanos());
        clock.advance(Duration.ofSeconds(1));

        assertThat(clients.doWork()).isEqualTo(2);
        assertThat(clients.consumerIds("G")).containsExactly("a");
        assertThat(clients.producers("P")).isEmpty();
        assertThat(alive.notices).containsExactly("G");
        assertThat(clients.restNs()).isEqualTo(Duration.ofSeconds(119).toNanos());
    }

    @Test
    void wakesItsThreadForTheFirstClientOnly() {
        AtomicInteger wakes = new AtomicInteger();
        clients.wakeBy(wakes::incrementAndGet);
        assertThat(clients.restNs()).isEqualTo(Long.MAX_VALUE);

        beat(new Channel(), "a", "G", PUSH, tags("T", "*", 1));
        clock.advance(Duration.ofSeconds(1));
        beat(new Channel(), "b", "G", PUSH, tags("T", "*", 1));

        assertThat(wakes).hasValue(1);
    }

    @Test
    void keepsTheNewestSubscriptionAndDropsTopicsThatWereLeft() {
        Channel channel = new Channel();
        beat(channel, "a", "G", PUSH, tags("T", "x", 5), tags("U", "*", 5));

        assertThat(beat(channel, "a", "G", PUSH, tags("T", "old", 4), tags("U", "*", 5)))
                .isFalse();
        assertThat(Objects.requireNonNull(interest("G", "T")).subscription().expression())
                .isEqualTo("x");
        beat(channel, "a", "G", PUSH, tags("T", "y", 6));

        assertThat(Objects.requireNonNull(interest("G", "T")).subscription().expression())
                .isEqualTo("y");
        assertThat(interest("G", "U")).isNull();
        assertThat(clients.groupsOn("T")).containsExactly("G");
        assertThat(clients.groupsOn("U")).isEmpty();
        assertThat(channel.notices).hasSize(2);
    }

    @Test
    void asksForSubscriptionsThatAShortHeartbeatLeftOut() {
        Channel channel = new Channel();
        Subscriber brief = new Subscriber("G", PUSH, null);

        assertThat(clients.consumer(identity(channel, "a"), brief)).isTrue();
        assertThat(clients.consumer(identity(channel, "a"), brief)).isTrue();
        assertThat(beat(channel, "a", "G", PUSH, tags("T", "*", 1))).isTrue();
        assertThat(clients.consumer(identity(channel, "a"), brief)).isFalse();
        assertThat(interest("G", "T")).isNotNull();
    }

    @Test
    void doesNotKeepAClientWhoseConnectionClosedMeanwhile() {
        Channel channel = new Channel();
        channel.isOpen = false;

        beat(channel, "a", "G", PUSH, tags("T", "*", 1));
        clients.producer(identity(channel, "a"), "P");

        assertThat(clients.groups()).isEmpty();
        assertThat(clients.allProducers()).isEmpty();
    }

    @Test
    void listsProducersByGroup() {
        Channel channel = new Channel();
        clients.producer(identity(channel, "a"), "P");
        clients.producer(identity(channel, "a"), "P");
        clients.producer(identity(new Channel(), "b"), "P");

        clients.leaveProducer(channel, "P");

        assertThat(clients.producers("P")).extracting(Member::clientId).containsExactly("b");
        assertThat(clients.allProducers()).containsOnlyKeys("P");
    }

    @Test
    void knowsWhereAProducerIsUntilItLeftItsLastGroup() {
        Channel channel = new Channel();
        clients.producer(identity(channel, "a"), "P");
        clients.producer(identity(channel, "a"), "Q");

        clients.leaveProducer(channel, "P");
        assertThat(clients.producerOf("a")).isSameAs(channel);

        clients.leaveProducer(channel, "Q");
        assertThat(clients.producerOf("a")).isNull();
    }

    @Test
    void knowsAProducerWhereItConnectedLast() {
        Channel before = new Channel();
        Channel after = new Channel();
        clients.producer(identity(before, "a"), "P");
        clients.producer(identity(after, "a"), "P");

        clients.closed(before);
        assertThat(clients.producerOf("a")).isSameAs(after);

        clients.closed(after);
        assertThat(clients.producerOf("a")).isNull();
    }

    @Test
    void forgetsTheIdOfAProducerThatCallsItselfOtherwise() {
        Channel channel = new Channel();
        clients.producer(identity(channel, "a"), "P");
        clients.producer(identity(channel, "b"), "P");
        assertThat(clients.producerOf("a")).isNull();
        assertThat(clients.producerOf("b")).isSameAs(channel);

        clients.producer(identity(channel, "c"), "Q");
        clients.leaveProducer(channel, "P");
        clients.closed(channel);
        assertThat(clients.producerOf("b")).isNull();
        assertThat(clients.producerOf("c")).isNull();
    }

    /** A consumer sends its heartbeats to all members of a group of replicas, and those that do not lead pass them on. */
    @Test
    void tellsAClientOnceAndDirectlyThatComesBySeveralMembersOfAGroupOfReplicas() {
        Channel other = new Channel();
        beat(other, "b", "G", PUSH, tags("T", "*", 1));
        Channel relayed = Channel.relayed();
        Channel direct = new Channel();
        Channel again = Channel.relayed();

        assertThat(beat(relayed, "a", "G", PUSH, tags("T", "*", 1))).isTrue();
        assertThat(beat(direct, "a", "G", PUSH, tags("T", "*", 1))).isFalse();
        assertThat(beat(again, "a", "G", PUSH, tags("T", "*", 1))).isFalse();
        assertThat(other.notices).containsExactly("G", "G");

        beat(new Channel(), "c", "G", PUSH, tags("T", "*", 1));
        assertThat(direct.notices).containsExactly("G");
        assertThat(relayed.notices).containsExactly("G"); // when it was the only way
        assertThat(again.notices).isEmpty();
        assertThat(Objects.requireNonNull(clients.group("G")).clients())
                .extracting(Member::clientId)
                .containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    void takesAClientToBeThereForAsLongAsOneOfItsWaysIs() {
        Channel other = new Channel();
        Channel direct = new Channel();
        Channel relayed = Channel.relayed();
        beat(other, "b", "G", PUSH, tags("T", "*", 1));
        beat(direct, "a", "G", PUSH, tags("T", "*", 1));
        beat(relayed, "a", "G", PUSH, tags("T", "*", 1));
        other.notices.clear();

        clients.closed(direct);
        assertThat(other.notices).isEmpty();
        assertThat(clients.consumerIds("G")).containsExactly("a", "b");

        clients.leaveConsumer(relayed, "G");
        assertThat(other.notices).containsExactly("G");
        assertThat(clients.consumerIds("G")).containsExactly("b");
    }

    @Test
    void reachesAProducerDirectlyForAsLongAsThatIsPossible() {
        Channel direct = new Channel();
        Channel relayed = Channel.relayed();
        clients.producer(identity(direct, "a"), "P");
        clients.producer(identity(relayed, "a"), "P");
        assertThat(clients.producerOf("a")).isSameAs(direct);
        assertThat(clients.producers("P")).extracting(Member::channel).containsExactly(direct);

        clients.closed(direct);
        assertThat(clients.producerOf("a")).isSameAs(relayed);

        clients.producer(identity(direct, "a"), "P");
        clients.closed(relayed);
        assertThat(clients.producerOf("a")).isSameAs(direct);
    }

    @Test
    void knowsForAMinuteAfterATakeOverThatClientsMayReturn() {
        assertThat(clients.mayReturn()).isFalse();

        clients.takeOver();
        clock.advance(Duration.ofSeconds(59));
        assertThat(clients.mayReturn()).isTrue();

        clock.advance(Duration.ofSeconds(1));
        assertThat(clients.mayReturn()).isFalse();
    }
}
