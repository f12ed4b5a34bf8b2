package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.RaftOutter.EntryMeta;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesResponse;
import com.google.protobuf.ByteString;
import io.carillon.base.Ticker;
import io.carillon.log.Replica;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A follower whose leader comes back over another connection: it was killed and started again, say, and is elected again. */
@Timeout(60)
class ReturningLeaderTest {
    private static final long TERM = 1_000;
    private static final long PATIENCE_MS = 3_000;
    private static final int ROUNDS = 20;
    private static final int UNANSWERED = 20;
    private static final int ANSWERED = 2 * UNANSWERED;

    @TempDir
    Path folder;

    private TestGroup group;
    private TestMember follower;
    private List<String> addresses;
    private String leader;
    private GroupLine line;

    @BeforeEach
    void leadInPlaceOfTheLeader() {
        group = TestGroup.of(3, folder);
        group.send("T", "m0", 0);
        addresses = group.members.stream().map(TestMember::address).toList();
        TestMember former = group.leader();
        follower = group.follower();
        group.members.stream().filter(member -> member != follower).forEach(TestMember::stop);
        // Not the former one: the follower may be about to stand in its place.
        leader = addresses.stream()
                .filter(address -> !address.equals(follower.address()) && !address.equals(former.address()))
                .findFirst()
                .orElseThrow();
        line = new GroupLine(
                new ReplicationConfig(group.name, leader, addresses, folder.resolve("leader"), TestGroup.ELECTION),
                TestTransport.PLAIN,
                Ticker.system(),
                question -> question,
                () -> {});
    }

    @AfterEach
    void end() {
        line.close();
        group.close();
    }

    @Test
    void getsAnAnswerToEachRequestWhateverTheConnectionBeforeLeftUnanswered() throws Exception {
        long last = answered(probe(last())).getLastLogIndex();
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < UNANSWERED; i++) {
                line.raft(follower.address(), entry(last + i), PATIENCE_MS);
            }
            line.disconnect(follower.address());
            TestGroup.await("the end of the connection", () -> !line.isConnected(follower.address()));

            last = answered(probe(last)).getLastLogIndex();
            for (int i = 0; i < ANSWERED; i++) {
                answered(entry(last++));
            }
        }
    }

    private long last() {
        return replica().indexMax();
    }

    private Replica replica() {
        return follower.log().replica();
    }

    private AppendEntriesResponse answered(AppendEntriesRequest request) throws Exception {
        byte[] body = GroupLine.bodyOf(
                line.raft(follower.address(), request, PATIENCE_MS).get(PATIENCE_MS, TimeUnit.MILLISECONDS));
        AppendEntriesResponse answer = (AppendEntriesResponse) RaftFrames.read(body);
        assertThat(answer.getSuccess()).as("%s to %s", answer, request).isTrue();
        return answer;
    }

    /** Asks whether the follower has the entry with this index. */
    private AppendEntriesRequest probe(long index) {
        return after(index).setData(ByteString.EMPTY).build();
    }

    /** The entry behind that with this index. */
    private AppendEntriesRequest entry(long index) {
        return after(index)
                .addEntries(EntryMeta.newBuilder()
                        .setTerm(TERM)
                        .setType(EntryType.ENTRY_TYPE_CONFIGURATION)
                        .setDataLen(0)
                        .addAllPeers(addresses))
                .setData(ByteString.EMPTY)
                .build();
    }

    private AppendEntriesRequest.Builder after(long index) {
        long known = replica().term(index);
        return AppendEntriesRequest.newBuilder()
                .setGroupId(group.name)
                .setServerId(leader)
                .setPeerId(follower.address())
                .setTerm(TERM)
                .setPrevLogIndex(index)
                .setPrevLogTerm(known == 0 ? TERM : known)
                .setCommittedIndex(0);
    }
}
