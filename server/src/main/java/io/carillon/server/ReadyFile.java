package io.carillon.server;

import io.carillon.base.Agent;
import io.carillon.replication.GroupStatus;
import io.carillon.replication.MemberStatus;
import io.carillon.replication.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a file in the data folder for as long as this member of a group does its part: it leads, or has what the leader has,
 * but for what is under way, and the vote that it is to have. Whoever stops members one by one waits for it; that a port
 * is open says nothing of that. One thread, which waits for the answers of the other members.
 */
final class ReadyFile implements Agent {
    static final String NAME = "ready";

    private static final Logger LOG = LoggerFactory.getLogger(ReadyFile.class);
    private static final long REST_NS = TimeUnit.SECONDS.toNanos(1);

    private final Path file;
    private final boolean isToVote;
    private final Supplier<GroupStatus> group;
    private boolean isWritable = true;

    private ReadyFile(Path file, boolean isToVote, Supplier<GroupStatus> group) {
        this.file = file;
        this.isToVote = isToVote;
        this.group = group;
    }

    /**
     * That of a member which begins: there is none at first.
     *
     * @param isToVote whether it must have a vote
     */
    static ReadyFile in(Path data, boolean isToVote, Supplier<GroupStatus> group) {
        ReadyFile ready = new ReadyFile(data.resolve(NAME), isToVote, group);
        ready.put(false);
        return ready;
    }

    @Override
    public int doWork() {
        put(isReady(group.get()));
        return 0;
    }

    private boolean isReady(GroupStatus status) {
        return switch (status.role()) {
            case LEADER -> true;
            case FOLLOWER -> hasAll(status);
            case LEARNER -> !isToVote && hasAll(status);
            case HANDING_OVER, CANDIDATE, WAITING, FAILED -> false;
        };
    }

    private static boolean hasAll(GroupStatus status) {
        return status.members().stream()
                .filter(member -> member.address().equals(status.leader()))
                .filter(leader -> leader.role() == Role.LEADER)
                .mapToLong(MemberStatus::lastIndex)
                .anyMatch(last -> last - status.appliedIndex() <= GroupStatus.BEHIND_MAX);
    }

    private void put(boolean isReady) {
        try {
            if (!isReady) {
                Files.deleteIfExists(file);
            } else if (!Files.exists(file)) {
                Files.createFile(file);
            }
            isWritable = true;
        } catch (IOException e) {
            if (isWritable) {
                LOG.warn("the file that says whether this member is ready could not be changed: {}", e.toString());
            }
            isWritable = false;
        }
    }

    @Override
    public long restNs() {
        return REST_NS;
    }

    @Override
    public String name() {
        return NAME;
    }
}
