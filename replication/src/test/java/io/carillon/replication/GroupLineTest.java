package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.alipay.sofa.jraft.rpc.RpcRequests.PingRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowRequest;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.log.LogConfig;
import io.carillon.remoting.ClientTls;
import io.carillon.remoting.Connection;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.RemotingClient;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.remoting.SelfSigned;
import io.carillon.remoting.ServerTls;
import io.carillon.remoting.TlsConfig.ClientCertificates;
import io.carillon.remoting.TlsMaterial;
import io.carillon.testkit.ManualTicker;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who may speak at the members' port. */
@Timeout(60)
class GroupLineTest {
    private static final int RAFT = 9541;
    private static final int PROVE = 9543;
    private static final int PROVED = 9544;
    private static final long PATIENCE_MS = 10_000;
    private static final Transport KNOWING = TestTransport.with(Secret.of("the secret of the group"));

    private static GroupLine line(String address, Transport transport) {
        return line(address, transport, () -> {});
    }

    private static GroupLine line(String address, Transport transport, Runnable broke) {
        return line(address, transport, Ticker.system(), GroupLineTest::answer, broke);
    }

    private static GroupLine line(
            String address, Transport transport, Ticker ticker, UnaryOperator<byte[]> answering, Runnable broke) {
        ReplicationConfig config =
                new ReplicationConfig("g", address, List.of(address), Path.of("raft"), Duration.ofSeconds(1));
        return new GroupLine(config, transport, ticker, answering, broke);
    }

    private static byte[] answer(byte[] question) {
        return ("to " + text(question)).getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static String asked(GroupLine from, String to) throws Exception {
        byte[] question = "you".getBytes(StandardCharsets.UTF_8);
        return text(from.ask(to, question, PATIENCE_MS).get(PATIENCE_MS, TimeUnit.MILLISECONDS));
    }

    private static void assertRefused(GroupLine from, String to, String why) {
        assertThatThrownBy(() -> asked(from, to))
                .isInstanceOf(ExecutionException.class)
                .rootCause()
                .hasMessageContaining(why);
    }

    @Test
    void membersWhoKnowTheSecretHearEachOther() throws Exception {
        List<String> at = TestGroup.addresses(2);
        try (GroupLine one = line(at.get(0), KNOWING);
                GroupLine other = line(at.get(1), KNOWING)) {
            assertThat(asked(one, at.get(1))).isEqualTo("to you");
            assertThat(asked(other, at.get(0))).isEqualTo("to you");
            assertThat(asked(one, at.get(1))).isEqualTo("to you");
        }
    }

    @Test
    void whoeverDoesNotKnowTheSecretIsNotHeardAndHearsNothing() {
        List<String> at = TestGroup.addresses(3);
        try (GroupLine knowing = line(at.get(0), KNOWING);
                GroupLine guessing = line(at.get(1), TestTransport.with(Secret.of("another one")));
                GroupLine open = line(at.get(2), TestTransport.PLAIN)) {
            assertRefused(guessing, at.get(0), "does not know the secret");
            assertRefused(knowing, at.get(1), "does not know the secret");
            assertRefused(open, at.get(0), "security.cluster-secret");
            assertRefused(knowing, at.get(2), "does not take this one for a member");
        }
    }

    @Test
    void whoeverLosesAConnectionThatAnotherOneMadeIsTold() throws Exception {
        List<String> at = TestGroup.addresses(2);
        CountDownLatch broke = new CountDownLatch(1);
        GroupLine one = line(at.get(0), TestTransport.PLAIN);
        try (one;
                GroupLine other = line(at.get(1), TestTransport.PLAIN, broke::countDown)) {
            one.raft(at.get(1), PingRequest.newBuilder().setSendTimestamp(1).build(), PATIENCE_MS)
                    .get(PATIENCE_MS, TimeUnit.MILLISECONDS);
            assertThat(one.isConnected(at.get(1))).isTrue();
            assertThat(other.isConnected(at.get(0))).isFalse();
            assertThat(broke.getCount()).isOne();
            one.disconnect(at.get(1));

            assertThat(broke.await(PATIENCE_MS, TimeUnit.MILLISECONDS)).isTrue();
        }
    }

    /** After a time without network, TCP would try again only after as long a time. */
    @Test
    void aConnectionOverWhichNothingIsAnsweredForLongIsMadeAnew() throws Exception {
        List<String> at = TestGroup.addresses(2);
        ManualTicker ticker = new ManualTicker(0);
        CountDownLatch back = new CountDownLatch(1);
        AtomicBoolean isAway = new AtomicBoolean();
        UnaryOperator<byte[]> answering = question -> {
            if (isAway.get()) {
                TestGroup.await("it is back", () -> back.getCount() == 0);
            }
            return answer(question);
        };
        try (GroupLine one = line(at.get(0), TestTransport.PLAIN, ticker, GroupLineTest::answer, () -> {});
                GroupLine other = line(at.get(1), TestTransport.PLAIN, ticker, answering, () -> {})) {
            assertThat(asked(one, at.get(1))).isEqualTo("to you");
            isAway.set(true);
            assertTimesOut(one, at.get(1));
            assertThat(one.isConnected(at.get(1))).isTrue();
            ticker.advance(Duration.ofSeconds(6));
            assertTimesOut(one, at.get(1));
            TestGroup.await("it is let go of", () -> !one.isConnected(at.get(1)));
            isAway.set(false);
            back.countDown();
            assertThat(asked(one, at.get(1))).isEqualTo("to you");
            assertThat(other.isConnected(at.get(0))).isFalse();
        }
    }

    private static void assertTimesOut(GroupLine from, String to) {
        assertThatThrownBy(() -> from.ask(to, new byte[1], 20).get(PATIENCE_MS, TimeUnit.MILLISECONDS))
                .rootCause()
                .isInstanceOf(TimeoutException.class);
    }

    /** A leader that stops asks whoever has most to stand, whatever its priority is. */
    @Test
    void whoeverNeverLeadsDoesNotStandForElectionWhenAsked() throws Exception {
        List<String> at = TestGroup.addresses(2);
        ReplicationConfig neverLeads = new ReplicationConfig(
                "g",
                at.get(1),
                at,
                Path.of("raft"),
                Duration.ofSeconds(1),
                List.of(),
                Map.of(at.get(0), 100, at.get(1), 0),
                ReplicationConfig.Begins.NEW);
        try (GroupLine leader = line(at.get(0), TestTransport.PLAIN);
                GroupLine other = new GroupLine(
                        neverLeads, TestTransport.PLAIN, Ticker.system(), GroupLineTest::answer, () -> {})) {
            TimeoutNowRequest stand = TimeoutNowRequest.newBuilder()
                    .setGroupId("g")
                    .setServerId(at.get(0))
                    .setPeerId(at.get(1))
                    .setTerm(1)
                    .build();
            Response refused = leader.raft(at.get(1), stand, PATIENCE_MS).get(PATIENCE_MS, TimeUnit.MILLISECONDS);
            assertThat(refused.remark()).isEqualTo("this member does nothing for a TimeoutNowRequest");
            assertThat(other.isConnected(at.get(0))).isFalse();
        }
    }

    /** Somebody without our code. */
    private static Response call(Connection connection, int code, byte[] body) throws Exception {
        return connection.call(code, Reply.ok().body(body), PATIENCE_MS).get(PATIENCE_MS, TimeUnit.MILLISECONDS);
    }

    private static Connection stranger(RemotingClient client, String to) throws Exception {
        int port = Integer.parseInt(to.substring(to.lastIndexOf(':') + 1));
        return client.connect(new InetSocketAddress("127.0.0.1", port)).get(PATIENCE_MS, TimeUnit.MILLISECONDS);
    }

    @Test
    void nothingIsDoneForAStrangerNeitherBeforeNorAfterAFalseProof() throws Exception {
        String at = TestGroup.addresses(1).getFirst();
        byte[] ping = RaftFrames.of(PingRequest.newBuilder().setSendTimestamp(1).build())
                .bytes();
        try (GroupLine line = line(at, KNOWING);
                RemotingClient client = new RemotingClient(TestTransport.IO, new Dispatcher())) {
            assertThat(line.isConnected(at)).isFalse();
            Connection stranger = stranger(client, at);
            CountDownLatch closed = new CountDownLatch(1);
            stranger.onClose(closed::countDown);
            assertThat(call(stranger, RAFT, ping).code()).isEqualTo(ResponseCode.NO_PERMISSION);
            assertThat(call(stranger, PROVED, new byte[32]).code()).isEqualTo(ResponseCode.NO_PERMISSION);
            assertThat(closed.await(PATIENCE_MS, TimeUnit.MILLISECONDS)).isTrue();
        }
    }

    /** What the one that is asked shows must not do for the proof of the one that asks. */
    @Test
    void whatWasShownIsOfNoUseToShow() throws Exception {
        String at = TestGroup.addresses(1).getFirst();
        try (GroupLine line = line(at, KNOWING);
                RemotingClient client = new RemotingClient(TestTransport.IO, new Dispatcher())) {
            assertThat(line.isConnected(at)).isFalse();
            Connection stranger = stranger(client, at);
            byte[] shown = call(stranger, PROVE, new byte[32]).body();
            byte[] seal = new byte[32];
            System.arraycopy(shown, 32, seal, 0, 32);
            assertThat(call(stranger, PROVED, seal).code()).isEqualTo(ResponseCode.NO_PERMISSION);
        }
    }

    @Test
    void aProofOfAnotherLengthIsRefused() throws Exception {
        String at = TestGroup.addresses(1).getFirst();
        try (GroupLine line = line(at, KNOWING);
                RemotingClient client = new RemotingClient(TestTransport.IO, new Dispatcher())) {
            assertThat(line.isConnected(at)).isFalse();
            Response refused = call(stranger(client, at), PROVE, new byte[31]);
            assertThat(refused.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
            assertThat(refused.remark()).isEqualTo("a proof has 32 bytes, not 31");
        }
    }

    private static Transport encrypted(SelfSigned own, SelfSigned trusted) {
        TlsMaterial material =
                new TlsMaterial(own.certificatePem(), own.keyPem(), Secret.NONE, trusted.certificatePem());
        return new Transport(
                TestTransport.IO,
                new ServerTls(true, ClientCertificates.REQUIRED, material),
                new ClientTls(material),
                Secret.NONE,
                new SecureRandom());
    }

    @Test
    void encryptsWithCertificatesOnBothSidesAndTakesNobodyWithoutOne() throws Exception {
        List<String> at = TestGroup.addresses(4);
        SelfSigned one = SelfSigned.make(System.currentTimeMillis());
        SelfSigned strange = SelfSigned.make(System.currentTimeMillis());
        try (GroupLine first = line(at.get(0), encrypted(one, one));
                GroupLine second = line(at.get(1), encrypted(one, one));
                GroupLine stranger = line(at.get(2), encrypted(strange, one));
                GroupLine open = line(at.get(3), TestTransport.PLAIN)) {
            assertThat(asked(first, at.get(1))).isEqualTo("to you");
            assertThat(asked(second, at.get(0))).isEqualTo("to you");
            assertThatThrownBy(() -> asked(stranger, at.get(0))).isInstanceOf(ExecutionException.class);
            assertThatThrownBy(() -> asked(first, at.get(2))).isInstanceOf(ExecutionException.class);
            assertThatThrownBy(() -> asked(open, at.get(0))).isInstanceOf(ExecutionException.class);
            assertThatThrownBy(() -> asked(first, at.get(3))).isInstanceOf(ExecutionException.class);
        }
    }

    @Test
    void aGroupThatProvesAndEncryptsElectsAndReplicates(@TempDir Path folder) throws Exception {
        SelfSigned own = SelfSigned.make(System.currentTimeMillis());
        Transport both = encrypted(own, own);
        Transport transport =
                new Transport(both.io(), both.serverTls(), both.clientTls(), Secret.of("s"), new SecureRandom());
        try (TestGroup group = new TestGroup(folder, LogConfig.DEFAULT)) {
            List<String> at = TestGroup.addresses(3);
            at.forEach(address -> group.add(address, at, config -> config).transport = transport);
            group.members.forEach(TestMember::start);
            for (int i = 0; i < 20; i++) {
                group.send("orders", "m" + i, 100_000);
            }
            group.requireAll("orders", 20);
        }
    }
}
