package io.carillon.broker.metadata;

import io.carillon.broker.metadata.Command.ChangeAccess;
import io.carillon.broker.metadata.Command.ChangePops;
import io.carillon.broker.metadata.Command.ChangeSchedule;
import io.carillon.broker.metadata.Command.Commit;
import io.carillon.broker.metadata.Command.DecideHalves;
import io.carillon.broker.metadata.Command.DeleteGroup;
import io.carillon.broker.metadata.Command.DeleteTopic;
import io.carillon.broker.metadata.Command.ForbidTopic;
import io.carillon.broker.metadata.Command.PutGroupKey;
import io.carillon.broker.metadata.Command.PutGroups;
import io.carillon.broker.metadata.Command.PutLocks;
import io.carillon.broker.metadata.Command.PutMember;
import io.carillon.broker.metadata.Command.PutOffsets;
import io.carillon.broker.metadata.Command.PutRequestMode;
import io.carillon.broker.metadata.Command.PutTopics;
import io.carillon.broker.metadata.Command.ResetOffsets;
import io.carillon.broker.metadata.Command.SettleReset;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.QueueId;
import io.carillon.message.Topic;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A command's bytes in the log:
 *
 * <pre>
 * version 1 | kind 1 | timestampMs 8 | then by kind, numbers as in {@link ByteWriter#putVar}:
 *   1 put topics, 2 create topics    count, then each topic
 *   3 delete topic                   name
 *   4 put groups, 5 create groups    count, then each group
 *   6 delete group                   name, with offsets 1
 *   7 offsets                        count, then each: same 1 (bit 0 the group, bit 1 the topic of the one before
 *                                    is meant), group?, topic?, queue, offset 8
 *   8 schedule                       length, bytes as in {@link io.carillon.schedule.ScheduleState}
 *   40 reset offsets                 as 7
 *   41 settle reset                  group, topic, queue, id 8
 *   42 forbid topic                  group, topic, forbidden 1
 *   10 decided halves                count, then each: its queue offset
 *   30 users and policies            length, bytes as in {@link io.carillon.broker.access.AccessState}
 *   20 pops                          length, bytes as in {@link PopChange}
 *   21 request mode                  topic, group, pop 1, how many share a queue (8)
 *   51 locks of queues               group, client (empty: nobody), count, then each: topic, number
 *   50 member of the group           node, address (empty: no more), that for the others, term 8
 *   52 member that serves HTTP       as 50, address of HTTP
 *   53 key of the group              length, bytes
 * </pre>
 */
final class CommandCodec {
    static final int VERSION = 1;

    private static final int PUT_TOPICS = 1;
    private static final int CREATE_TOPICS = 2;
    private static final int DELETE_TOPIC = 3;
    private static final int PUT_GROUPS = 4;
    private static final int CREATE_GROUPS = 5;
    private static final int DELETE_GROUP = 6;
    private static final int OFFSETS = 7;
    private static final int SCHEDULE = 8;
    private static final int RESET_OFFSETS = 40;
    private static final int SETTLE_RESET = 41;
    private static final int FORBID_TOPIC = 42;
    private static final int DECIDE_HALVES = 10;
    private static final int ACCESS = 30;
    private static final int POPS = 20;
    private static final int REQUEST_MODE = 21;
    private static final int MEMBER = 50;
    private static final int LOCKS = 51;
    /** A group in which nobody serves HTTP is understood by members that know nothing of it. */
    private static final int MEMBER_WITH_HTTP = 52;

    private static final int GROUP_KEY = 53;

    private static final int SAME_GROUP = 1;
    private static final int SAME_TOPIC = 2;

    private CommandCodec() {}

    static byte[] encode(Command command) {
        ByteWriter to = new ByteWriter(128);
        to.putByte(VERSION);
        to.putByte(kindOf(command));
        to.putLong(command.timestampMs());
        switch (command) {
            case PutTopics(long _, List<Topic> topics, boolean _) -> putAll(to, topics, CommandCodec::putTopic);
            case DeleteTopic(long _, String name) -> to.putText(name);
            case PutGroups(long _, List<ConsumerGroup> groups, boolean _) -> putAll(to, groups, CommandCodec::putGroup);
            case DeleteGroup(long _, String name, boolean withOffsets) -> {
                to.putText(name);
                to.putBoolean(withOffsets);
            }
            case PutOffsets(long _, List<Commit> commits) -> putCommits(to, commits);
            case ChangeSchedule(long _, ByteBuffer change) -> to.putBytes(bytesOf(change));
            case ResetOffsets(long _, List<Commit> offsets) -> putCommits(to, offsets);
            case SettleReset(long _, String group, String topic, int queue, long id) -> {
                to.putText(group);
                to.putText(topic);
                to.putVar(queue);
                to.putLong(id);
            }
            case ForbidTopic(long _, String group, String topic, boolean isForbidden) -> {
                to.putText(group);
                to.putText(topic);
                to.putBoolean(isForbidden);
            }
            case DecideHalves(long _, List<Long> halves) -> putAll(to, halves, ByteWriter::putVar);
            case ChangeAccess(long _, ByteBuffer change) -> to.putBytes(bytesOf(change));
            case ChangePops(long _, ByteBuffer change) -> to.putBytes(bytesOf(change));
            case PutRequestMode put -> {
                to.putText(put.topic());
                to.putText(put.group());
                put.mode().put(to);
            }
            case PutLocks(long _, String group, String clientId, List<QueueId> queues) -> {
                to.putText(group);
                to.putText(clientId);
                putAll(to, queues, LockTable::putQueue);
            }
            case PutMember(long _, int node, String address, String peer, String http, long term) -> {
                to.putVar(node);
                to.putText(address);
                to.putText(peer);
                to.putLong(term);
                if (!http.isEmpty()) {
                    to.putText(http);
                }
            }
            case PutGroupKey(long _, ByteBuffer key) -> to.putBytes(bytesOf(key));
        }
        return to.copy();
    }

    private static byte[] bytesOf(ByteBuffer change) {
        byte[] bytes = new byte[change.remaining()];
        change.get(change.position(), bytes);
        return bytes;
    }

    private static int kindOf(Command command) {
        return switch (command) {
            case PutTopics put -> put.onlyAbsent() ? CREATE_TOPICS : PUT_TOPICS;
            case DeleteTopic _ -> DELETE_TOPIC;
            case PutGroups put -> put.onlyAbsent() ? CREATE_GROUPS : PUT_GROUPS;
            case DeleteGroup _ -> DELETE_GROUP;
            case PutOffsets _ -> OFFSETS;
            case ChangeSchedule _ -> SCHEDULE;
            case ResetOffsets _ -> RESET_OFFSETS;
            case SettleReset _ -> SETTLE_RESET;
            case ForbidTopic _ -> FORBID_TOPIC;
            case DecideHalves _ -> DECIDE_HALVES;
            case ChangeAccess _ -> ACCESS;
            case ChangePops _ -> POPS;
            case PutRequestMode _ -> REQUEST_MODE;
            case PutMember put -> put.http().isEmpty() ? MEMBER : MEMBER_WITH_HTTP;
            case PutLocks _ -> LOCKS;
            case PutGroupKey _ -> GROUP_KEY;
        };
    }

    /** The topic that an entry deletes, or null. Others are not read any further than to see that they do not. */
    static @Nullable String deletedTopic(ByteBuffer entry) {
        boolean isOne = entry.remaining() > 1
                && entry.get(entry.position()) == VERSION
                && entry.get(entry.position() + 1) == DELETE_TOPIC;
        return isOne && decode(entry, 0) instanceof DeleteTopic deletion ? deletion.name() : null;
    }

    /** @throws io.carillon.base.CarillonException.Corrupt when these are not the bytes of a command, wholly */
    static Command decode(ByteBuffer entry, long index) {
        ByteReader from = new ByteReader(entry, "metadata entry " + index);
        int version = from.readByte();
        if (version != VERSION) {
            throw from.fault("version " + version + ", this program knows " + VERSION);
        }
        int kind = from.readByte();
        long timestampMs = from.readLong();
        Command command = switch (kind) {
            case PUT_TOPICS, CREATE_TOPICS ->
                new PutTopics(timestampMs, readAll(from, CommandCodec::readTopic), kind == CREATE_TOPICS);
            case DELETE_TOPIC -> new DeleteTopic(timestampMs, readTopicName(from));
            case PUT_GROUPS, CREATE_GROUPS ->
                new PutGroups(timestampMs, readAll(from, CommandCodec::readGroup), kind == CREATE_GROUPS);
            case DELETE_GROUP -> new DeleteGroup(timestampMs, readGroupName(from), from.readBoolean());
            case OFFSETS -> new PutOffsets(timestampMs, readCommits(from));
            case SCHEDULE -> new ChangeSchedule(timestampMs, ByteBuffer.wrap(from.readBytes()));
            case RESET_OFFSETS -> new ResetOffsets(timestampMs, readCommits(from));
            case SETTLE_RESET ->
                new SettleReset(
                        timestampMs,
                        readGroupName(from),
                        readTopicName(from),
                        from.readSmall(Names.QUEUES_MAX),
                        from.readLong());
            case FORBID_TOPIC ->
                new ForbidTopic(timestampMs, readGroupName(from), readTopicName(from), from.readBoolean());
            case DECIDE_HALVES -> new DecideHalves(timestampMs, readAll(from, Halves::readOffset));
            case ACCESS -> new ChangeAccess(timestampMs, ByteBuffer.wrap(from.readBytes()));
            case POPS -> new ChangePops(timestampMs, ByteBuffer.wrap(from.readBytes()));
            case REQUEST_MODE ->
                new PutRequestMode(timestampMs, readTopicName(from), readGroupName(from), RequestMode.read(from));
            case LOCKS ->
                new PutLocks(timestampMs, from.readText(), from.readText(), readAll(from, LockTable::readQueue));
            case MEMBER, MEMBER_WITH_HTTP -> readMember(from, timestampMs, kind == MEMBER_WITH_HTTP);
            case GROUP_KEY -> new PutGroupKey(timestampMs, ByteBuffer.wrap(from.readBytes()));
            default -> throw from.fault("kind " + kind + " is unknown");
        };
        from.end();
        return command;
    }

    private static PutMember readMember(ByteReader from, long timestampMs, boolean hasHttp) {
        int node = from.readSmall(Integer.MAX_VALUE);
        String address = from.readText();
        String peer = from.readText();
        long term = from.readLong();
        return new PutMember(timestampMs, node, address, peer, hasHttp ? from.readText() : "", term);
    }

    private static <T> void putAll(ByteWriter to, List<T> all, BiConsumer<ByteWriter, T> put) {
        to.putVar(all.size());
        all.forEach(one -> put.accept(to, one));
    }

    private static <T> List<T> readAll(ByteReader from, Function<ByteReader, T> read) {
        int count = from.readCount();
        List<T> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            all.add(read.apply(from));
        }
        return all;
    }

    static void putTopic(ByteWriter to, Topic topic) {
        to.putText(topic.name());
        to.putVar(topic.readQueues());
        to.putVar(topic.writeQueues());
        to.putVar(topic.permissions());
        to.putText(topic.filterType());
        to.putVar(topic.systemFlag());
        to.putBoolean(topic.ordered());
        to.putMap(topic.attributes());
    }

    static Topic readTopic(ByteReader from) {
        return new Topic(
                readTopicName(from),
                from.readSmall(Names.QUEUES_MAX),
                from.readSmall(Names.QUEUES_MAX),
                (int) from.readVar(),
                from.readText(),
                (int) from.readVar(),
                from.readBoolean(),
                from.readMap());
    }

    static void putGroup(ByteWriter to, ConsumerGroup group) {
        to.putText(group.name());
        to.putBoolean(group.consumeEnabled());
        to.putBoolean(group.consumeFromMin());
        to.putBoolean(group.broadcastEnabled());
        to.putBoolean(group.ordered());
        to.putVar(group.retryQueues());
        to.putVar(group.retryMax());
        to.putText(group.retryPolicy());
        to.putVar(group.brokerId());
        to.putVar(group.whichBrokerWhenSlow());
        to.putBoolean(group.notifyMembers());
        to.putVar(group.systemFlag());
        to.putVar(group.consumeTimeoutMinutes());
        to.putTexts(group.subscriptions());
        to.putMap(group.attributes());
    }

    static ConsumerGroup readGroup(ByteReader from) {
        return new ConsumerGroup(
                readGroupName(from),
                from.readBoolean(),
                from.readBoolean(),
                from.readBoolean(),
                from.readBoolean(),
                (int) from.readVar(),
                (int) from.readVar(),
                from.readText(),
                from.readVar(),
                from.readVar(),
                from.readBoolean(),
                (int) from.readVar(),
                (int) from.readVar(),
                from.readTexts(),
                from.readMap());
    }

    private static void putCommits(ByteWriter to, List<Commit> commits) {
        to.putVar(commits.size());
        String group = "";
        String topic = "";
        for (Commit commit : commits) {
            boolean isSameGroup = commit.group().equals(group);
            boolean isSameTopic = commit.topic().equals(topic);
            to.putByte((isSameGroup ? SAME_GROUP : 0) | (isSameTopic ? SAME_TOPIC : 0));
            if (!isSameGroup) {
                group = commit.group();
                to.putText(group);
            }
            if (!isSameTopic) {
                topic = commit.topic();
                to.putText(topic);
            }
            to.putVar(commit.queue());
            to.putLong(commit.offset());
        }
    }

    private static List<Commit> readCommits(ByteReader from) {
        int count = from.readCount();
        List<Commit> commits = new ArrayList<>(count);
        String group = "";
        String topic = "";
        for (int i = 0; i < count; i++) {
            int same = from.readByte();
            if ((same & SAME_GROUP) == 0) {
                group = readGroupName(from);
            }
            if ((same & SAME_TOPIC) == 0) {
                topic = readTopicName(from);
            }
            if (group.isEmpty() || topic.isEmpty() || same > (SAME_GROUP | SAME_TOPIC)) {
                throw from.fault("an offset names no group or no topic");
            }
            commits.add(new Commit(group, topic, from.readSmall(Names.QUEUES_MAX), from.readLong()));
        }
        return commits;
    }

    static String readTopicName(ByteReader from) {
        return checked(from, from.readText(), Names::topic);
    }

    static String readGroupName(ByteReader from) {
        return checked(from, from.readText(), Names::group);
    }

    private static String checked(ByteReader from, String name, Function<String, String> check) {
        try {
            return check.apply(name);
        } catch (IllegalArgumentException e) {
            throw from.fault(String.valueOf(e.getMessage()));
        }
    }
}
