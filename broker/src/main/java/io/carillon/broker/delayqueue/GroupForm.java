package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.GroupInfo;
import io.carillon.base.delayqueue.GroupSettings;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.base.delayqueue.RetryPolicy;
import io.carillon.message.ConsumerGroup;
import java.util.HashMap;
import java.util.Map;

/**
 * A group's settings as the broker keeps them: how often it tries is the broker's own setting, the rest stands in
 * attributes. A group of the broker is one for all topics, and so are its settings.
 */
final class GroupForm {
    private static final String VISIBILITY_MS = "carillon.visibility.ms";
    private static final String RETRY = "carillon.retry";

    private GroupForm() {}

    static ConsumerGroup with(ConsumerGroup group, GroupSettings settings) {
        Map<String, String> attributes = new HashMap<>(group.attributes());
        attributes.remove(VISIBILITY_MS);
        attributes.remove(RETRY);
        if (settings.visibilityMs() > 0) {
            attributes.put(VISIBILITY_MS, Long.toString(settings.visibilityMs()));
        }
        RetryPolicy retry = settings.retry();
        if (retry != null) {
            attributes.put(RETRY, StoredForm.text(retry));
        }
        int retryMax = retry == null ? ConsumerGroup.of(group.name()).retryMax() : retry.attemptsMax() - 1;
        return copy(group, group.consumeEnabled(), retryMax, attributes);
    }

    static ConsumerGroup paused(ConsumerGroup group, boolean isPaused) {
        return copy(group, !isPaused, group.retryMax(), group.attributes());
    }

    private static ConsumerGroup copy(
            ConsumerGroup group, boolean isEnabled, int retryMax, Map<String, String> attributes) {
        return new ConsumerGroup(
                group.name(),
                isEnabled,
                group.consumeFromMin(),
                group.broadcastEnabled(),
                group.ordered(),
                group.retryQueues(),
                retryMax,
                group.retryPolicy(),
                group.brokerId(),
                group.whichBrokerWhenSlow(),
                group.notifyMembers(),
                group.systemFlag(),
                group.consumeTimeoutMinutes(),
                group.subscriptions(),
                attributes);
    }

    static GroupInfo info(Where where, ConsumerGroup group) {
        return new GroupInfo(
                where,
                new GroupSettings(
                        visibilityMs(group),
                        StoredForm.policy(group.attributes().get(RETRY))),
                !group.consumeEnabled());
    }

    /** 0 when it does not say. */
    static long visibilityMs(ConsumerGroup group) {
        String said = group.attributes().getOrDefault(VISIBILITY_MS, "0");
        return said.matches("[0-9]{1,18}") ? Long.parseLong(said) : 0;
    }

    /** How a message of the group is tried that says nothing itself. */
    static RetryPolicy policy(ConsumerGroup group) {
        RetryPolicy said = StoredForm.policy(group.attributes().get(RETRY));
        RetryPolicy base = said == null ? RetryPolicy.DEFAULT : said;
        return new RetryPolicy(
                Math.max(1, group.retryMax() + 1), base.backoffMs(), base.backoffMultiplier(), base.backoffMaxMs());
    }
}
