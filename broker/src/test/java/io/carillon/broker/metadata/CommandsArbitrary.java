package io.carillon.broker.metadata;

import io.carillon.broker.access.AccessChanges;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.QueueId;
import io.carillon.message.Topic;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Random changes over a few names, so that they meet. */
final class CommandsArbitrary {
    private CommandsArbitrary() {}

    static Arbitrary<Command> command() {
        return Arbitraries.oneOf(List.of(
                putTopics(),
                topicName().map(name -> new Command.DeleteTopic(5, name)),
                putGroups(),
                Combinators.combine(groupName(), Arbitraries.of(true, false))
                        .as((name, with) -> new Command.DeleteGroup(6, name, with)),
                commit().list().ofMaxSize(6).map(commits -> new Command.PutOffsets(7, commits)),
                Combinators.combine(
                                Arbitraries.longs().between(0, 3),
                                commit().list().ofMaxSize(4))
                        .as(Command.ResetOffsets::new),
                Combinators.combine(commit(), Arbitraries.longs().between(0, 3))
                        .as((of, id) -> new Command.SettleReset(8, of.group(), of.topic(), of.queue(), id)),
                Combinators.combine(groupName(), topicName(), Arbitraries.of(true, false))
                        .as((group, topic, isForbidden) -> new Command.ForbidTopic(9, group, topic, isForbidden)),
                Arbitraries.longs()
                        .between(0, 40)
                        .list()
                        .ofMaxSize(6)
                        .map(halves -> new Command.DecideHalves(8, halves)),
                AccessChanges.any().map(change -> new Command.ChangeAccess(8, ByteBuffer.wrap(change))),
                pops().list().ofMaxSize(3).map(CommandsArbitrary::changePops),
                Combinators.combine(
                                groupName(),
                                Arbitraries.of("", "client-1", "client-2"),
                                commit().map(of -> new QueueId(of.topic(), of.queue()))
                                        .list()
                                        .ofMaxSize(3))
                        .as((group, client, queues) -> new Command.PutLocks(8, group, client, queues)),
                Combinators.combine(
                                Arbitraries.integers().between(0, 4),
                                Arbitraries.of("", "a:1", "b:2"),
                                Arbitraries.of("a:3", "b:4"),
                                Arbitraries.of("", "a:5", "b:6"),
                                Arbitraries.longs().between(0, 5))
                        .as((node, address, peer, http, term) ->
                                new Command.PutMember(8, node, address, peer, http, term)),
                Arbitraries.bytes()
                        .array(byte[].class)
                        .ofMinSize(1)
                        .ofMaxSize(40)
                        .map(key -> new Command.PutGroupKey(8, ByteBuffer.wrap(key))),
                Combinators.combine(topicName(), groupName(), Arbitraries.of(true, false), Arbitraries.integers())
                        .as((topic, group, isPop, share) ->
                                new Command.PutRequestMode(8, topic, group, new RequestMode(isPop, share)))));
    }

    /** What is said of one queue. */
    private record Said(PopQueue.Key key, long epoch, long next, String attempt, List<Integer> there, int goneMax) {}

    private static Arbitrary<Said> pops() {
        return Combinators.combine(
                        commit(),
                        Arbitraries.longs().between(0, 3),
                        Arbitraries.longs().between(0, 40),
                        Arbitraries.of("", "a", "b"),
                        Arbitraries.integers().between(0, 20).list().ofMaxSize(6),
                        Arbitraries.integers().between(0, 20))
                .as((of, epoch, next, attempt, there, goneMax) -> new Said(
                        new PopQueue.Key(of.group(), of.topic(), of.queue()), epoch, next, attempt, there, goneMax));
    }

    private static Command changePops(List<Said> all) {
        PopChange change = new PopChange();
        for (Said said : all) {
            InFlight inFlight = new InFlight();
            said.there().forEach(offset -> inFlight.put(offset, offset % 3, said.next(), offset % 2, offset % 5 == 0));
            String attempt = said.attempt();
            change.begin(said.key(), said.epoch(), said.next(), !attempt.isEmpty(), attempt.isEmpty() ? null : attempt);
            for (long offset = 0; offset < said.goneMax(); offset++) {
                change.gone(offset);
            }
            for (int i = 0; i < inFlight.count(); i++) {
                change.there(inFlight, i);
            }
            change.end();
        }
        return new Command.ChangePops(9, ByteBuffer.wrap(change.bytes()));
    }

    private static Arbitrary<Command> putTopics() {
        return Combinators.combine(Arbitraries.longs(), topic().list().ofMaxSize(3), Arbitraries.of(true, false))
                .as(Command.PutTopics::new);
    }

    private static Arbitrary<Command> putGroups() {
        return Combinators.combine(Arbitraries.longs(), group().list().ofMaxSize(3), Arbitraries.of(true, false))
                .as(Command.PutGroups::new);
    }

    private static Arbitrary<Topic> topic() {
        return Combinators.combine(
                        topicName(),
                        Arbitraries.integers().between(0, 300),
                        Arbitraries.integers().between(0, 300),
                        Arbitraries.integers(),
                        Arbitraries.of("SINGLE_TAG", "MULTI_TAG", ""),
                        Arbitraries.integers(),
                        Arbitraries.of(true, false),
                        attributes())
                .as(Topic::new);
    }

    private static Arbitrary<ConsumerGroup> group() {
        return Combinators.combine(
                        groupName(),
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, false),
                        Arbitraries.integers(),
                        Arbitraries.longs(),
                        Arbitraries.strings().ofMaxLength(10),
                        attributes())
                .as((name, one, other, number, id, text, attributes) -> new ConsumerGroup(
                        name,
                        one,
                        other,
                        one,
                        other,
                        number,
                        -number,
                        text,
                        id,
                        -id,
                        one,
                        number,
                        number,
                        List.of(text),
                        attributes));
    }

    private static Arbitrary<Map<String, String>> attributes() {
        return Arbitraries.maps(Arbitraries.of("message.type", "a", "b"), Arbitraries.of("FIFO", "", "ü"))
                .ofMaxSize(3);
    }

    private static Arbitrary<Command.Commit> commit() {
        return Combinators.combine(
                        groupName(),
                        topicName(),
                        Arbitraries.integers().between(0, 5),
                        Arbitraries.longs().greaterOrEqual(0))
                .as(Command.Commit::new);
    }

    static Arbitrary<String> topicName() {
        return Arbitraries.of("T", "U", "%RETRY%G", "a-b_c|d", "%LMQ%a", "V".repeat(127));
    }

    private static Arbitrary<String> groupName() {
        return Arbitraries.of("G", "H", "CID_1");
    }
}
