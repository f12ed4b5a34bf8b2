package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.replication.GroupStatus;
import io.carillon.replication.MemberStatus;
import io.carillon.replication.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadyFileTest {
    private static final String SELF = "127.0.0.1:2";
    private static final String LEADER = "127.0.0.1:1";

    @TempDir
    private Path data;

    private GroupStatus status = seen(Role.WAITING, null, 0, null, 0);

    /** As the member sees it that has applied so much, and the leader as it tells of itself. */
    private static GroupStatus seen(
            Role role, @Nullable String leader, long applied, @Nullable Role leaderRole, long leaderLast) {
        return new GroupStatus(
                "g",
                SELF,
                role,
                3,
                leader,
                1,
                applied,
                applied,
                applied,
                false,
                List.of(
                        new MemberStatus(SELF, true, -1, role, 3, applied, applied, 0, -1, -1),
                        new MemberStatus(LEADER, true, -1, leaderRole, 3, leaderLast, leaderLast, 0, -1, -1)));
    }

    private boolean isReady(ReadyFile ready, GroupStatus now) {
        status = now;
        ready.doWork();
        return Files.exists(data.resolve("ready"));
    }

    private ReadyFile ready(boolean isToVote) {
        return ReadyFile.in(data, isToVote, () -> status);
    }

    @Test
    void isThereWhileTheMemberLeads() {
        ReadyFile ready = ready(true);

        assertThat(isReady(ready, seen(Role.LEADER, SELF, 10, Role.FOLLOWER, 10)))
                .isTrue();
        assertThat(isReady(ready, seen(Role.HANDING_OVER, SELF, 10, Role.FOLLOWER, 10)))
                .isFalse();
    }

    @Test
    void isThereWhileAFollowerHasWhatTheLeaderHas() {
        ReadyFile ready = ready(true);

        assertThat(isReady(ready, seen(Role.FOLLOWER, LEADER, 10, Role.LEADER, 1_011)))
                .isFalse();
        assertThat(isReady(ready, seen(Role.FOLLOWER, LEADER, 11, Role.LEADER, 1_011)))
                .isTrue();
        assertThat(isReady(ready, seen(Role.FOLLOWER, LEADER, 11, null, 1_011))).isFalse();
        assertThat(isReady(ready, seen(Role.FOLLOWER, null, 11, Role.CANDIDATE, 1_011)))
                .isFalse();
    }

    @Test
    void isNotThereWhileAMemberLacksItsVote() {
        GroupStatus learner = seen(Role.LEARNER, LEADER, 10, Role.LEADER, 10);

        assertThat(isReady(ready(true), learner)).isFalse();
        assertThat(isReady(ready(false), learner)).isTrue();
    }

    @Test
    void whatAnEarlierProcessLeftIsGoneAtTheStart() throws Exception {
        Files.createFile(data.resolve("ready"));

        ready(true);

        assertThat(data.resolve("ready")).doesNotExist();
    }
}
