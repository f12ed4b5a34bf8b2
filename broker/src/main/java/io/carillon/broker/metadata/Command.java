package io.carillon.broker.metadata;

import io.carillon.message.ConsumerGroup;
import io.carillon.message.QueueId;
import io.carillon.message.Topic;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A change to the replicated state, as it stands in the log. What it does may depend on nothing but itself and the state
 * that earlier ones made: the time is in it, too.
 */
sealed interface Command {
    /** When it was asked for, by the clock of the broker that wrote it. */
    long timestampMs();

    /** @param onlyAbsent whether a topic that exists stays as it is */
    record PutTopics(long timestampMs, List<Topic> topics, boolean onlyAbsent) implements Command {}

    record DeleteTopic(long timestampMs, String name) implements Command {}

    /** @param onlyAbsent whether a group that exists stays as it is */
    record PutGroups(long timestampMs, List<ConsumerGroup> groups, boolean onlyAbsent) implements Command {}

    record DeleteGroup(long timestampMs, String name, boolean withOffsets) implements Command {}

    record PutOffsets(long timestampMs, List<Commit> commits) implements Command {}

    /** A change to which messages have left the schedule, in that module's own form. */
    record ChangeSchedule(long timestampMs, ByteBuffer change) implements Command {}

    /** An administrator wants groups to go on from these offsets; {@code timestampMs} is the reset's id. */
    record ResetOffsets(long timestampMs, List<Commit> offsets) implements Command {}

    /** A consumer has gone on from where the reset with this id wanted it to. */
    record SettleReset(long timestampMs, String group, String topic, int queue, long id) implements Command {}

    /** A group must not read a topic, or may again. */
    record ForbidTopic(long timestampMs, String group, String topic, boolean isForbidden) implements Command {}
    /** These halves of transactions, by their queue offsets, have been decided. */
    record DecideHalves(long timestampMs, List<Long> halves) implements Command {}
    /** A change to users and policies, in that package's own form. */
    record ChangeAccess(long timestampMs, ByteBuffer change) implements Command {}
    /** A change to what is in flight, in the form of {@link PopChange}. */
    record ChangePops(long timestampMs, ByteBuffer change) implements Command {}

    record PutRequestMode(long timestampMs, String topic, String group, RequestMode mode) implements Command {}

    /** A client holds these queues to consume them in order; an empty id: nobody does. */
    record PutLocks(long timestampMs, String group, String clientId, List<QueueId> queues) implements Command {}

    /**
     * Clients reach a member of the broker's group at this address, the others at that of the peer, and HTTP is served at
     * the third, which is empty where it is not; all are empty for a member no more. It leads in this term, which is else 0.
     */
    record PutMember(long timestampMs, int node, String address, String peer, String http, long term)
            implements Command {}

    /** What the members sign with for each other, unless they have something already. */
    record PutGroupKey(long timestampMs, ByteBuffer key) implements Command {}

    /** One group has consumed one queue up to here. */
    record Commit(String group, String topic, int queue, long offset) {}
}
