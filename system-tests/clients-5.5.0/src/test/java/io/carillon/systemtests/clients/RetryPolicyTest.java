package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.Server;
import io.carillon.systemtests.harness.SharedServer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.remoting.protocol.subscription.CustomizedRetryPolicy;
import org.apache.rocketmq.remoting.protocol.subscription.ExponentialRetryPolicy;
import org.apache.rocketmq.remoting.protocol.subscription.GroupRetryPolicy;
import org.apache.rocketmq.remoting.protocol.subscription.GroupRetryPolicyType;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The retry policies that an administrator gives to groups. */
@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class RetryPolicyTest {

    @BeforeAll
    static void needsCarillon() {
        Assumptions.assumeFalse(Server.isApache(), "Apache's broker follows them for POP consumers only");
    }

    @Test
    void waitsForTheIntervalsOfTheGroup(Clients clients) throws Exception {
        GroupRetryPolicy policy = new GroupRetryPolicy();
        policy.setType(GroupRetryPolicyType.CUSTOMIZED);
        policy.setCustomizedRetryPolicy(new CustomizedRetryPolicy(new long[] {1, 2, 300, 900, 600}));

        triesAfter(clients, policy, 300, 900, 600);
    }

    @Test
    void waitsExponentiallyLonger(Clients clients) throws Exception {
        GroupRetryPolicy policy = new GroupRetryPolicy();
        policy.setType(GroupRetryPolicyType.EXPONENTIAL);
        policy.setExponentialRetryPolicy(new ExponentialRetryPolicy(250, 800, 2));

        triesAfter(clients, policy, 250, 500, 800);
    }

    /** Far from the classic levels, of which the first would be 10 seconds: the upper bound is the test's patience. */
    private static void triesAfter(Clients clients, GroupRetryPolicy policy, long... pausesMs) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        String group = Names.unique("group");
        put(clients, producer, group, policy);
        DefaultMQPushConsumer consumer = clients.pushConsumer(group);
        consumer.setMaxReconsumeTimes(pausesMs.length);
        consumer.subscribe(topic, "*");
        RetryTest.Failing failing = new RetryTest.Failing(consumer, 0);
        clients.start(consumer);
        Clients.awaitRetryQueues(consumer, 1);

        producer.send(new Message(topic, Received.bytes("fails")));

        Clients.soon().until(() -> failing.tries().size() > pausesMs.length);
        failing.assertPauses(pausesMs);
        assertThat(clients.awaitStored("%DLQ%" + group, 1)).hasSize(1);
    }

    @SuppressWarnings("deprecation") // the only way to an administrator's calls without the tools
    private static void put(Clients clients, DefaultMQProducer producer, String group, GroupRetryPolicy policy)
            throws Exception {
        SubscriptionGroupConfig config = new SubscriptionGroupConfig();
        config.setGroupName(group);
        config.setGroupRetryPolicy(policy);
        producer.getDefaultMQProducerImpl()
                .getMqClientFactory()
                .getMQClientAPIImpl()
                .createSubscriptionGroup(clients.server().broker(), config, 5_000);
    }

    @Test
    void refusesAPolicyThatMakesNoSense(Clients clients) throws Exception {
        GroupRetryPolicy policy = new GroupRetryPolicy();
        policy.setCustomizedRetryPolicy(new CustomizedRetryPolicy(new long[0]));
        DefaultMQProducer producer = clients.producer();

        assertThatThrownBy(() -> put(clients, producer, Names.unique("group"), policy))
                .isInstanceOf(MQClientException.class)
                .hasMessageContaining("at least one interval");
    }
}
