package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.broker.cluster.GroupView;
import io.carillon.broker.cluster.MemberRole;
import io.carillon.broker.cluster.MemberView;
import io.carillon.broker.cluster.Membership;
import io.carillon.broker.cluster.Outcome;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.IoGroup;
import io.carillon.remoting.RemotingClient;
import io.carillon.remoting.RemotingConfig;
import io.carillon.remoting.RemotingServer;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClusterHandlerTest {
    private final Counters counters = new Counters();
    private final IoGroup io =
            IoGroup.open(1, Thread.ofPlatform().daemon().factory(), RemotingConfig.DEFAULT, Ticker.system(), counters);
    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
    private final RemotingClient client = new RemotingClient(io, new Dispatcher());
    private final Recorded group = new Recorded();
    private @Nullable RemotingServer server;

    /** A group that does as it is told by the test, and says what it was asked. */
    private static final class Recorded implements Membership {
        private final List<String> asked = new CopyOnWriteArrayList<>();
        private CompletableFuture<Outcome> outcome = CompletableFuture.completedFuture(new Outcome.Done("done"));

        @Override
        public GroupView view() {
            MemberView one =
                    new MemberView(1, "a:1", "a:10911", true, -1, MemberRole.HANDING_OVER, 3, 120, 119, 0, -1, -1);
            MemberView other = new MemberView(2, "b:1", "", false, 0, MemberRole.SILENT, -1, -1, -1, -1, 10, 100);
            return new GroupView("g", "a:1", MemberRole.HANDING_OVER, 3, "a:1", 7, 118, List.of(one, other));
        }

        private CompletableFuture<Outcome> asked(String what) {
            asked.add(what);
            return outcome;
        }

        @Override
        public CompletableFuture<Outcome> transfer(String member) {
            return asked("transfer " + member);
        }

        @Override
        public CompletableFuture<Outcome> add(int node, String address, boolean isLearner) {
            return asked("add " + node + " " + address + " " + isLearner);
        }

        @Override
        public CompletableFuture<Outcome> remove(String member) {
            return asked("remove " + member);
        }

        @Override
        public CompletableFuture<Outcome> replace(String member, String learner) {
            return asked("replace " + member + " " + learner);
        }

        @Override
        public CompletableFuture<Outcome> promote(String learner) {
            return asked("promote " + learner);
        }

        @Override
        public CompletableFuture<Outcome> acceptLoss(String member) {
            return asked("acceptLoss " + member);
        }
    }

    @AfterEach
    void close() {
        client.close();
        if (server != null) {
            server.close();
        }
        io.close();
        blocking.close();
    }

    private Response call(@Nullable Membership membership, int code, Map<String, String> fields) throws Exception {
        if (server == null) {
            server = listen(membership);
        }
        Reply content = Reply.ok();
        fields.forEach(content::ext);
        return client.call(server.address(), code, content, 20_000).get(20, TimeUnit.SECONDS);
    }

    private RemotingServer listen(@Nullable Membership membership) throws IOException {
        Dispatcher dispatcher = new Dispatcher();
        new ClusterHandler(membership, new Aside(blocking, Room.ofAdmin(counters))).register(dispatcher);
        return RemotingServer.listen(io, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), dispatcher);
    }

    @Test
    void showsTheGroupAsTheMemberKnowsIt() throws Exception {
        JSONObject view = JSON.parseObject(
                call(group, RequestCode.CLUSTER_STATUS, Map.of()).body());

        assertThat(view)
                .containsEntry("group", "g")
                .containsEntry("self", "a:1")
                .containsEntry("role", "handing-over")
                .containsEntry("term", 3)
                .containsEntry("leader", "a:1")
                .containsEntry("firstIndex", 7)
                .containsEntry("committedIndex", 118);
        assertThat(view.getJSONArray("members").getJSONObject(0))
                .containsEntry("node", 1)
                .containsEntry("clients", "a:10911")
                .containsEntry("isVoter", true)
                .containsEntry("lastIndex", 120);
        assertThat(view.getJSONArray("members").getJSONObject(1))
                .containsEntry("role", "silent")
                .containsEntry("priority", 0)
                .containsEntry("copiedBytes", 10)
                .containsEntry("copyBytes", 100);
    }

    @Test
    void handsOnEachWish() throws Exception {
        call(group, RequestCode.CLUSTER_TRANSFER, Map.of("member", "2"));
        call(group, RequestCode.CLUSTER_ADD, Map.of("node", "4", "address", "d:1"));
        call(group, RequestCode.CLUSTER_ADD, Map.of("node", "5", "address", "e:1", "learner", "true"));
        call(group, RequestCode.CLUSTER_REMOVE, Map.of("member", " b:1 "));
        call(group, RequestCode.CLUSTER_REPLACE, Map.of("member", "2", "by", "4"));
        call(group, RequestCode.CLUSTER_PROMOTE, Map.of("member", "5"));
        call(group, RequestCode.CLUSTER_ACCEPT_LOSS, Map.of("member", "1"));

        assertThat(group.asked)
                .containsExactly(
                        "transfer 2",
                        "add 4 d:1 false",
                        "add 5 e:1 true",
                        "remove b:1",
                        "replace 2 4",
                        "promote 5",
                        "acceptLoss 1");
    }

    @Test
    void saysWhatBecameOfAWish() throws Exception {
        assertOutcome(new Outcome.Done("it is so"), 0, "it is so", Map.of("outcome", "done"));
        assertOutcome(new Outcome.Begun("it goes on"), 0, "it goes on", Map.of("outcome", "begun"));
        assertOutcome(
                new Outcome.LedElsewhere(3, "c:10911"),
                14,
                "member 3 leads the group: ask that one at c:10911",
                Map.of("outcome", "elsewhere", "leader", "c:10911"));
        assertOutcome(
                new Outcome.LedElsewhere(0, ""),
                14,
                "nobody leads the group at the moment: try again soon",
                Map.of("outcome", "elsewhere", "leader", ""));
        Map<Outcome.Reason, Integer> codes = Map.of(
                Outcome.Reason.UNKNOWN_MEMBER,
                29,
                Outcome.Reason.BUSY,
                2,
                Outcome.Reason.UNSAFE,
                604,
                Outcome.Reason.FAILED,
                1);
        for (Outcome.Reason reason : Outcome.Reason.values()) {
            assertOutcome(
                    new Outcome.Refused(reason, "why"),
                    codes.get(reason),
                    "why",
                    Map.of(
                            "outcome",
                            "refused",
                            "reason",
                            reason.name().toLowerCase().replace('_', '-')));
        }
    }

    private void assertOutcome(Outcome outcome, int code, String remark, Map<String, String> fields) throws Exception {
        group.outcome = CompletableFuture.completedFuture(outcome);
        Response response = call(group, RequestCode.CLUSTER_REMOVE, Map.of("member", "2"));
        assertThat(response.code()).as(remark).isEqualTo(code);
        assertThat(response.remark()).isEqualTo(remark);
        assertThat(response.ext()).isEqualTo(fields);
    }

    @Test
    void saysThatAnOutcomeIsNotKnownWhenTheGroupFails() throws Exception {
        group.outcome = CompletableFuture.failedFuture(new IllegalStateException("lost"));

        Response response = call(group, RequestCode.CLUSTER_REMOVE, Map.of("member", "2"));

        assertThat(response.code()).isEqualTo(1);
        assertThat(response.remark()).contains("unknown").contains("lost");
    }

    @Test
    void refusesWhatNamesNobody() throws Exception {
        assertThat(call(group, RequestCode.CLUSTER_TRANSFER, Map.of()).remark()).contains("member is missing");
        assertThat(call(group, RequestCode.CLUSTER_TRANSFER, Map.of("member", " "))
                        .code())
                .isEqualTo(29);
        assertThat(call(group, RequestCode.CLUSTER_ADD, Map.of("node", "0", "address", "a:1"))
                        .remark())
                .contains("from 1 on");
        assertThat(group.asked).isEmpty();
    }

    @Test
    void refusesWhereThereIsNoGroup() throws Exception {
        for (int code : new int[] {RequestCode.CLUSTER_STATUS, RequestCode.CLUSTER_REMOVE}) {
            Response response = call(null, code, Map.of("member", "1"));
            assertThat(response.code()).isEqualTo(604);
            assertThat(response.remark()).contains("member of no group");
        }
    }
}
