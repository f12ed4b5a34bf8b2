package io.carillon.rocketmq;

import static io.carillon.rocketmq.LiveBroker.message;
import static io.carillon.rocketmq.LiveBroker.properties;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Agent;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.broker.Broker;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.CopyEnded;
import io.carillon.log.CopyListing;
import io.carillon.log.CopyOutcome;
import io.carillon.log.CopyPace;
import io.carillon.log.LogFetch;
import io.carillon.log.LogRestore;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.LiveBroker.Peer;
import io.carillon.testkit.LossyStorage;
import java.io.IOException;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CopyHandlerTest {
    @AutoClose
    private final LiveBroker live = new LiveBroker();

    private final Peer peer = live.connect();
    private final LossyStorage folder = new LossyStorage();

    CopyHandlerTest() throws IOException {
        live.makeTopic("T", 1);
    }

    private void send(int from, int to) {
        for (int i = from; i < to; i++) {
            Response response =
                    peer.call(RequestCode.SEND_MESSAGE_V2, message("T", 0, properties("KEYS", "k" + i), "body " + i));
            assertThat(response.code()).as("%s", response.remark()).isZero();
        }
    }

    /** Nobody forces the log of the live broker but this. */
    private final class ForcingPace implements CopyPace {
        private int awaited;

        @Override
        public void began(CopyListing listing) {
            send(100, 110);
        }

        @Override
        public void took(long bytes) {}

        @Override
        public void kept(long bytes) {}

        @Override
        public void await() {
            awaited++;
            Agent flusher = live.broker.log().agents().getFirst();
            flusher.doWork();
        }
    }

    @Test
    void aCopyThatCameOverTheWireIsRestoredToABrokerThatHasAllOfIt() {
        send(0, 50);
        ForcingPace pace = new ForcingPace();
        CopyOutcome outcome = new LogFetch(folder, new RemoteCopy(peer::call, Ticker.system(), false), pace).run();

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        CopyOutcome.Whole.class,
                        whole -> assertThat(whole.origin()).isEqualTo("DefaultCluster/broker-a"));
        assertThat(pace.awaited).as("the log was not forced yet").isPositive();
        LossyStorage data = new LossyStorage();
        assertThat(new LogRestore(folder, data).run()).isEqualTo(outcome);
        try (Broker restored = Broker.open(
                live.broker.config(), data, Ticker.system(), new Counters(), new Random(1), Runnable::run)) {
            ConsumeQueue queue = Objects.requireNonNull(
                    Objects.requireNonNull(restored.topics().find("T")).queue(0));
            assertThat(queue.offsetMax()).isEqualTo(50);
        }
        assertThat(counter("log_copies")).isZero();
    }

    @Test
    void aCopyOfAllThatIsWrittenSaysSo() {
        send(0, 3);
        RemoteCopy all = new RemoteCopy(peer::call, Ticker.system(), true);

        assertThat(all.begin()).isInstanceOf(CopyListing.class);
        assertThat(peer.call(RequestCode.COPY_BEGIN, Reply.ok().ext("allWritten", true))
                        .ext())
                .containsEntry("allWritten", "true");
        assertThat(peer.call(RequestCode.COPY_BEGIN, Reply.ok()).ext()).containsEntry("allWritten", "false");
    }

    @Test
    void aBrokerThatKnowsNoCopyOfAllThatIsWrittenIsNotTakenAtItsWord() {
        RemoteCopy all = new RemoteCopy(this::askAsOfOld, Ticker.system(), true);

        assertThat(all.begin())
                .isInstanceOfSatisfying(
                        CopyEnded.class, ended -> assertThat(ended.why()).contains("older version"));
        assertThat(counter("log_copies")).as("nothing is kept for it").isZero();
    }

    /** As a broker answers that does not look at the field. */
    private Response askAsOfOld(int code, Reply content) {
        return peer.call(code, code == RequestCode.COPY_BEGIN ? Reply.ok().ext("askedMs", 1) : content);
    }

    private long counter(String name) {
        return live.broker.counters().snapshot().getOrDefault(name, -1L);
    }

    private Response part(String copy, String file, long at, int length) {
        return peer.call(
                RequestCode.COPY_PART,
                Reply.ok()
                        .ext("copy", copy)
                        .ext("file", file)
                        .ext("at", at)
                        .ext("length", length)
                        .ext("bytes", true));
    }

    @Test
    void aPartThatIsNotInTheCopyIsRefusedAndSaysWhy() {
        Response begun = peer.call(RequestCode.COPY_BEGIN, Reply.ok());
        String copy = String.valueOf(begun.ext().get("copy"));

        assertThat(part("9-9", "metadata", 0, 1).code()).isEqualTo(ResponseCode.ILLEGAL_OPERATION);
        assertThat(part("9-9", "metadata", 0, 1).remark()).contains("no copy 9-9");
        Response outside = part(copy, "../../etc/passwd", 0, 1);
        assertThat(outside.code()).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(outside.remark()).contains("no file '../../etc/passwd'");
        assertThat(part(copy, "log/00000000000000000000", 0, 2_000_000).remark())
                .contains("at most 1048576");
        assertThat(part(copy, "log/00000000000000000000", Long.MAX_VALUE, 10).code())
                .isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(part(copy, "log/00000000000000000000", 0, -1).code()).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(peer.call(RequestCode.COPY_PART, Reply.ok().ext("copy", copy))
                        .remark())
                .contains("file");
        peer.call(RequestCode.COPY_END, Reply.ok().ext("copy", copy));
        assertThat(counter("log_copies")).isZero();
    }
}
