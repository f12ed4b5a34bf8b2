package io.carillon.replication;

import io.carillon.log.CopyEnded;
import io.carillon.log.MessageLog;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Answers the {@link Questions} of other members; on threads that may wait for the disk, and for a change of the members. */
final class Answers {
    private final ReplicationConfig config;
    private final MessageLog log;
    private final Telling telling;
    private final BooleanSupplier leads;
    private final Changes changes;

    /** What this replica tells of itself to one that asks. */
    @FunctionalInterface
    interface Telling {
        Questions.Told to(String address, long birth);
    }

    /** Makes a change of the members, or refuses it. */
    @FunctionalInterface
    interface Changes {
        CompletableFuture<Change> make(Function<Membership, CompletableFuture<Change>> change);
    }

    Answers(ReplicationConfig config, MessageLog log, Telling telling, BooleanSupplier leads, Changes changes) {
        this.config = config;
        this.log = log;
        this.telling = telling;
        this.leads = leads;
        this.changes = changes;
    }

    byte[] answer(byte[] question) {
        return Questions.read(question, in -> switch (in.readByte()) {
            case Questions.STATUS -> telling.to(in.readUTF(), in.readLong()).bytes();
            case Questions.WITHOUT_VOTE -> Questions.of(takeVote(in.readUTF()));
            case Questions.WITH_VOTE -> Questions.of(giveVote(in.readUTF()));
            case Questions.BACK -> Questions.of(takeBack(in.readUTF()));
            case Questions.COPY_BEGIN -> beginCopy();
            case Questions.COPY_PART -> CopyWire.answerPart(log.copies(), in);
            case Questions.COPY_END -> endCopy(in);
            default -> throw new IOException("an unknown question: is the other member newer than this one?");
        });
    }

    private Change takeVote(String address) {
        return await(changes.make(members -> members.takeVote(address, isListed(address))));
    }

    private Change takeBack(String address) {
        return await(changes.make(members -> members.takeBack(address, isListed(address))));
    }

    private Change giveVote(String address) {
        return await(changes.make(
                members -> members.giveVote(address, config.members().contains(address))));
    }

    private boolean isListed(String address) {
        return config.members().contains(address) || config.learners().contains(address);
    }

    /** What came of it, if that is so within some seconds. */
    static Change await(CompletableFuture<Change> change) {
        Change ended = Roster.await(change);
        return ended == null
                ? new Change.Refused(Change.Reason.CHANGE_UNDER_WAY, "the change takes longer: look at the status")
                : ended;
    }

    /**
     * Only of a leader: it has all that was ever committed, whether it knows so yet or not. One that was just elected may need the
     * very member that asks, which lacks what is not sent any more, to agree on its first entry with.
     */
    private byte[] beginCopy() {
        return CopyWire.of(
                leads.getAsBoolean()
                        ? log.copies().begin(config.group())
                        : new CopyEnded("this replica does not lead its group"));
    }

    private byte[] endCopy(DataInputStream in) throws IOException {
        log.copies().end(in.readUTF());
        return new byte[0];
    }
}
