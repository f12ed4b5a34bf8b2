package io.carillon.broker.consume;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.broker.BrokerConfig;
import io.carillon.broker.client.ClientChannel;
import io.carillon.broker.client.Clients;
import io.carillon.broker.client.ConsumeFrom;
import io.carillon.broker.client.ConsumeType;
import io.carillon.broker.client.ConsumerKind;
import io.carillon.broker.client.Identity;
import io.carillon.broker.client.MessageModel;
import io.carillon.broker.client.Subscriber;
import io.carillon.broker.consume.PullResult.GroupMissing;
import io.carillon.broker.consume.PullResult.Reason;
import io.carillon.broker.consume.PullResult.Refused;
import io.carillon.broker.filter.MessageFilter;
import io.carillon.broker.filter.TagExpression;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.Subscription;
import io.carillon.message.Topic;
import io.carillon.testkit.Changed;
import io.carillon.testkit.ManualTicker;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PullChecksTest {
    private static final Topic TOPIC = Topic.of("T", 4);

    private final Map<String, ConsumerGroup> groups = new HashMap<>(Map.of("G", ConsumerGroup.of("G")));
    private final Set<String> forbidden = new HashSet<>();
    private final ManualTicker ticker = new ManualTicker();
    private final Clients clients = new Clients(ticker, Duration.ofMinutes(2), _ -> true);
    private final PullChecks checks = new PullChecks(
            () -> BrokerConfig.DEFAULT,
            groups::get,
            (group, topic) -> forbidden.contains(topic + "@" + group),
            clients);

    private static final class Channel implements ClientChannel {
        @Override
        public InetSocketAddress remoteAddress() {
            return new InetSocketAddress("127.0.0.1", 1);
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void membersChanged(String group) {}
    }

    private void subscribe(MessageModel model, Subscription... wanted) {
        ConsumerKind kind =
                new ConsumerKind(ConsumeType.CONSUME_PASSIVELY, model, ConsumeFrom.CONSUME_FROM_LAST_OFFSET);
        clients.consumer(new Identity(new Channel(), "c", "JAVA", 513), new Subscriber("G", kind, List.of(wanted)));
    }

    private static Subscription tags(String expression, long version) {
        return TagExpression.parse("T", expression, version).orElseThrow();
    }

    private static Pull byHeartbeat(String group, int queue, long version) {
        return new Pull(group, "T", queue, 0, 32, 0, -1, null, "TAG", version);
    }

    private static Pull byExpression(String expression, String type) {
        return new Pull("G", "T", 0, 0, 32, 0, -1, expression, type, 0);
    }

    private void refuses(Pull pull, Topic topic, Reason reason) {
        assertThat(checks.check(pull, topic))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.reason()).isEqualTo(reason));
    }

    private static ConsumerGroup group(boolean consumeEnabled, boolean broadcastEnabled) {
        ConsumerGroup all = ConsumerGroup.of("G");
        return new ConsumerGroup(
                "G",
                consumeEnabled,
                true,
                broadcastEnabled,
                false,
                1,
                16,
                all.retryPolicy(),
                0,
                1,
                true,
                0,
                15,
                List.of(),
                Map.of());
    }

    @Test
    void letsAConsumerReadWhatItSubscribedTo() {
        subscribe(MessageModel.CLUSTERING, tags("a", 7));

        assertThat(checks.check(byHeartbeat("G", 3, 7), TOPIC)).isNull();
        assertThat(Objects.requireNonNull(checks.filter(byHeartbeat("G", 3, 7)))
                        .tags()
                        .matches("a".hashCode()))
                .isTrue();
        assertThat(Objects.requireNonNull(checks.filter(byHeartbeat("G", 3, 7)))
                        .tags()
                        .matches("b".hashCode()))
                .isFalse();
    }

    @Test
    void offersToMakeAGroupThatIsUnknown() {
        assertThat(checks.check(byHeartbeat("new", 0, 0), null)).isEqualTo(new GroupMissing("new"));
        refuses(byHeartbeat("no such name!", 0, 0), TOPIC, Reason.NO_GROUP);
    }

    @Test
    void refusesAnUnknownGroupWhereNoneMayBeMade() {
        BrokerConfig strict = Changed.copy(BrokerConfig.DEFAULT, "autoCreateGroups", false);
        PullChecks none = new PullChecks(() -> strict, groups::get, (_, _) -> false, clients);

        assertThat(none.check(byHeartbeat("new", 0, 0), TOPIC)).isInstanceOf(Refused.class);
        assertThat(none.check(byHeartbeat("CID_RMQ_SYS_new", 0, 0), TOPIC)).isInstanceOf(GroupMissing.class);
    }

    @Test
    void refusesADisabledGroupBeforeItLooksAtTheTopic() {
        groups.put("G", group(false, true));

        refuses(byHeartbeat("G", 0, 0), null, Reason.NO_PERMISSION);
    }

    @Test
    void refusesAnUnknownTopic() {
        refuses(byHeartbeat("G", 0, 0), null, Reason.NO_TOPIC);
    }

    @Test
    void refusesATopicThatIsNotReadableBeforeItLooksAtTheQueue() {
        refuses(byHeartbeat("G", 9, 0), Topic.of("T", 4, Topic.Permission.WRITE), Reason.NO_PERMISSION);
    }

    @Test
    void refusesAQueueThatConsumersDoNotSee() {
        Topic narrow = new Topic("T", 2, 8, 6, "SINGLE_TAG", 0, false, Map.of());

        refuses(byHeartbeat("G", 2, 0), narrow, Reason.BAD_QUEUE);
        refuses(byHeartbeat("G", -1, 0), narrow, Reason.BAD_QUEUE);
    }

    @Test
    void refusesAnExpressionWithoutATagButTakesOneOfAClientWithoutHeartbeat() {
        refuses(byExpression("||", "TAG"), TOPIC, Reason.BAD_EXPRESSION);
        assertThat(checks.check(byExpression("a || b", ""), TOPIC)).isNull();
        assertThat(Objects.requireNonNull(checks.filter(byExpression("a || b", "")))
                        .tags()
                        .matches("b".hashCode()))
                .isTrue();
    }

    @Test
    void refusesAConsumerWithoutHeartbeatOrWithoutThatTopic() {
        refuses(byHeartbeat("G", 0, 0), TOPIC, Reason.NO_SUBSCRIPTION);
        subscribe(MessageModel.CLUSTERING, TagExpression.parse("other", "*", 1).orElseThrow());
        refuses(byHeartbeat("G", 0, 0), TOPIC, Reason.NO_SUBSCRIPTION);
    }

    @Test
    void refusesBroadcastWhereTheGroupForbidsIt() {
        groups.put("G", group(true, false));
        subscribe(MessageModel.BROADCASTING, tags("*", 1));

        refuses(byHeartbeat("G", 0, 1), TOPIC, Reason.NO_PERMISSION);
    }

    @Test
    void refusesAConsumerThatIsAheadOfItsHeartbeat() {
        subscribe(MessageModel.CLUSTERING, tags("*", 7));

        refuses(byHeartbeat("G", 0, 8), TOPIC, Reason.OLD_SUBSCRIPTION);
        assertThat(checks.check(byHeartbeat("G", 0, 6), TOPIC)).isNull();
    }

    /** Old clients do not tell a new leader what they want before their next heartbeat, up to half a minute later. */
    @Test
    void letsConsumersByTagsReadAllUntilTheyHaveHadTimeToTellANewLeader() {
        clients.takeOver();

        assertThat(checks.check(byHeartbeat("G", 0, 7), TOPIC)).isNull();
        assertThat(checks.filter(byHeartbeat("G", 0, 7))).isEqualTo(MessageFilter.ALL);
        refuses(new Pull("G", "T", 0, 0, 32, 0, -1, null, Subscription.SQL92, 7), TOPIC, Reason.NO_SUBSCRIPTION);
        assertThat(checks.check(byHeartbeat("new", 0, 7), TOPIC)).isEqualTo(new GroupMissing("new"));

        subscribe(MessageModel.CLUSTERING, tags("a", 7));
        assertThat(checks.filter(byHeartbeat("G", 0, 7))).isNotEqualTo(MessageFilter.ALL);
        assertThat(checks.filter(byHeartbeat("G", 0, 8))).isEqualTo(MessageFilter.ALL); // of another one of the group

        ticker.advance(Duration.ofMinutes(1));
        refuses(byHeartbeat("G", 0, 8), TOPIC, Reason.OLD_SUBSCRIPTION);
    }

    private static Subscription sql(String expression, String type) {
        return new Subscription("T", expression, List.of(), Set.of(), 1, type);
    }

    @Test
    void takesSqlOfAHeartbeatAndOfARequest() {
        subscribe(MessageModel.CLUSTERING, sql("a > 1", Subscription.SQL92));

        for (Pull pull : List.of(byExpression("a > 1", "SQL92"), byHeartbeat("G", 0, 1))) {
            assertThat(checks.check(pull, TOPIC)).isNull();
            assertThat(checks.filter(pull)).isNotNull().matches(MessageFilter::needsRecord);
        }
        assertThat(checks.filter(byHeartbeat("G", 0, 1))).isEqualTo(checks.filter(byExpression("a > 1", "SQL92")));
        assertThat(checks.filter(byHeartbeat("G", 0, 1))).isNotEqualTo(checks.filter(byExpression("a > 2", "SQL92")));
    }

    @Test
    void saysWhatIsWrongInAnExpression() {
        refuses(byExpression("a > ", "SQL92"), TOPIC, Reason.BAD_EXPRESSION);
        subscribe(MessageModel.CLUSTERING, sql("a > ", Subscription.SQL92));

        assertThat(checks.check(byHeartbeat("G", 0, 1), TOPIC)).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.reason()).isEqualTo(Reason.BAD_SUBSCRIPTION);
            assertThat(refused.text()).contains("character 5", "found the end");
        });
        assertThat(checks.filter(byHeartbeat("G", 0, 1))).isNull();
    }

    @Test
    void refusesLanguagesThatAreNotSpokenHere() {
        refuses(byExpression("a", Subscription.CLASS), TOPIC, Reason.FILTER_UNSUPPORTED);
        subscribe(MessageModel.CLUSTERING, sql("a", "XPATH"));

        assertThat(checks.check(byHeartbeat("G", 0, 1), TOPIC))
                .isEqualTo(new Refused(
                        Reason.FILTER_UNSUPPORTED, "The broker does not support consumer to filter message by XPATH"));
    }

    @Test
    void findsNoFilterOnceTheGroupHasLeft() {
        assertThat(checks.filter(byHeartbeat("G", 0, 1))).isNull();
    }

    @Test
    void refusesAGroupThatMustNotReadTheTopicAndNoOther() {
        forbidden.add("T@G");

        assertThat(checks.check(byExpression("*", "TAG"), TOPIC))
                .isEqualTo(new Refused(Reason.NO_PERMISSION, "the consumer group[G] is forbidden for topic[T]"));

        forbidden.clear();
        forbidden.add("U@G");
        assertThat(checks.check(byExpression("*", "TAG"), TOPIC)).isNull();
    }
}
