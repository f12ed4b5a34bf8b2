package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.NodeManager;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.closure.CatchUpClosure;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.core.Replicator;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.util.ThreadId;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RaftInternalsTest {
    @Test
    void noticesWhoHadAllBeforeTheLibraryBeganToWaitForThat(@TempDir Path folder) {
        try (TestGroup group = TestGroup.of(3, folder)) {
            group.send("orders", "m0", 0);
            group.requireAll("orders", 1);
            TestMember leader = group.leader();
            NodeImpl node = (NodeImpl) NodeManager.getInstance().get(group.name, PeerId.parsePeer(leader.address()));
            List<ThreadId> replicators = RaftInternals.replicators(node);
            Map<ThreadId, Status> told = new ConcurrentHashMap<>();
            for (ThreadId replicator : replicators) {
                Replicator.waitForCaughtUp(group.name, replicator, 0, 0, new CatchUpClosure() {
                    @Override
                    public void run(Status status) {
                        told.put(replicator, status);
                    }
                });
            }
            assertThat(replicators).hasSize(2);
            assertThat(told)
                    .as("nobody sends anything, so the library does not look")
                    .isEmpty();

            TestGroup.await("both were noticed", () -> {
                RaftInternals.noticeCaughtUp(node);
                return told.size() == 2;
            });
            assertThat(told.values())
                    .allSatisfy(status -> assertThat(status.isOk()).isTrue());
        }
    }
}
