package io.carillon.rocketmq;

import static io.carillon.rocketmq.ClientFeature.Area.BESIDE;
import static io.carillon.rocketmq.ClientFeature.Area.CONSUMING;
import static io.carillon.rocketmq.ClientFeature.Area.SENDING;
import static io.carillon.rocketmq.ClientFeature.State.KEPT;
import static io.carillon.rocketmq.ClientFeature.State.NOT_SERVED;
import static io.carillon.rocketmq.ClientFeature.State.REFUSED;
import static io.carillon.rocketmq.ClientFeature.State.WORKS;

import java.util.List;

/**
 * What one feature of Apache's Java clients finds here; docs/compatibility.md has the table. A feature that works names
 * the tests that show it, which must be there, and the request codes that it needs, which must be served.
 */
record ClientFeature(Area area, String name, State state, String note, List<String> tests, List<Integer> codes) {
    /** What it is about. */
    enum Area {
        SENDING("Sending"),
        CONSUMING("Consuming"),
        BESIDE("Beside messages");

        final String title;

        Area(String title) {
            this.title = title;
        }
    }

    /** Whether it is there. */
    enum State {
        /** As clients expect it. */
        WORKS("works"),
        /** What the client says is taken and kept, and has no effect. */
        KEPT("kept"),
        /** Whoever asks for it gets an error that says why. */
        REFUSED("refused"),
        /** It is not there. */
        NOT_SERVED("not served");

        final String text;

        State(String text) {
            this.text = text;
        }
    }

    static final List<ClientFeature> TABLE = List.of(
            new ClientFeature(
                    SENDING,
                    "synchronous, asynchronous, one-way; to a queue, by a selector",
                    WORKS,
                    "answered when durable (`log.flush`)",
                    List.of("SendTest"),
                    List.of(310)),
            new ClientFeature(
                    SENDING,
                    "batches (`send(Collection)`)",
                    WORKS,
                    "each message has an offset and an id of its own",
                    List.of("BatchTest", "SendTest"),
                    List.of(320)),
            new ClientFeature(
                    SENDING, "gathered sends (`setAutoBatch(true)`)", WORKS, "", List.of("BatchTest"), List.of(320)),
            new ClientFeature(
                    SENDING,
                    "topics of batches (`queue.type=BatchCQ`)",
                    WORKS,
                    "see [Batches](clients.md#batches)",
                    List.of("BatchTest"),
                    List.of(320)),
            new ClientFeature(
                    SENDING,
                    "compressed bodies: zlib, LZ4, ZSTD",
                    WORKS,
                    "kept and delivered byte for byte; only clients unpack; clients of 4.9.8 know zlib only",
                    List.of("SendTest", "BatchTest"),
                    List.of(310)),
            new ClientFeature(
                    SENDING,
                    "priorities (`_SYS_MSG_PRIORITY_`)",
                    WORKS,
                    "the number is the queue, at most the topic's last; not for delayed messages nor with a sharding key;"
                            + " [popped](pop.md#priorities) from the highest down where `message.type` is `PRIORITY`",
                    List.of("ProduceHandlerTest"),
                    List.of(310)),
            new ClientFeature(
                    SENDING,
                    "requests and replies (`request`)",
                    WORKS,
                    "see [Requests and replies](clients.md#requests-and-replies)",
                    List.of("RequestReplyTest"),
                    List.of(324, 325, 326)),
            new ClientFeature(
                    SENDING,
                    "delays, timers, recall",
                    WORKS,
                    "[delay.md](delay.md)",
                    List.of("DelayTest"),
                    List.of(370)),
            new ClientFeature(
                    SENDING,
                    "`SEND_MESSAGE` (10), binary headers",
                    WORKS,
                    "what old clients and other languages send",
                    List.of("ProduceHandlerTest"),
                    List.of(10)),
            new ClientFeature(
                    SENDING,
                    "type of a topic (`message.type`)",
                    KEPT,
                    "not checked: as in Apache's broker: only its proxy checks it",
                    List.of(),
                    List.of()),
            new ClientFeature(
                    SENDING,
                    "compaction topics (`cleanup.policy=COMPACTION`)",
                    REFUSED,
                    "when the topic is made, with a sentence that says so",
                    List.of(),
                    List.of()),
            new ClientFeature(
                    SENDING,
                    "light queues, LMQ (`INNER_MULTI_DISPATCH`)",
                    WORKS,
                    "on by default, see [light-queues.md](light-queues.md)",
                    List.of("LightQueueTest"),
                    List.of(310, 11, 361)),
            new ClientFeature(
                    SENDING,
                    "lite topics of 5.5 (`liteTopic`)",
                    REFUSED,
                    "light queues are there instead",
                    List.of(),
                    List.of()),
            new ClientFeature(
                    SENDING,
                    "transactions, with checks of undecided ones",
                    WORKS,
                    "[transactions.md](transactions.md)",
                    List.of("TransactionTest"),
                    List.of(37, 39)),
            new ClientFeature(
                    CONSUMING,
                    "push, concurrent and orderly; shared by instances, also in one process",
                    WORKS,
                    "",
                    List.of("ConsumeTest"),
                    List.of(11, 34, 38, 40)),
            new ClientFeature(
                    CONSUMING,
                    "batch size, acknowledging a part (`setAckIndex`), exceptions of listeners, maximum tries",
                    WORKS,
                    "",
                    List.of("PushFeaturesTest"),
                    List.of(36)),
            new ClientFeature(
                    CONSUMING,
                    "suspend and resume, subscribe and unsubscribe while running, pull thresholds",
                    WORKS,
                    "",
                    List.of("PushFeaturesTest"),
                    List.of()),
            new ClientFeature(
                    CONSUMING,
                    "broadcast with offsets in the client's own files",
                    WORKS,
                    "a new one begins at the end unless told otherwise",
                    List.of("ConsumeTest"),
                    List.of()),
            new ClientFeature(
                    CONSUMING,
                    "beginning first, last, at a time",
                    WORKS,
                    "a shared group begins at the first message of a queue that still has it, whatever it asked for, as in Apache's broker",
                    List.of("PushFeaturesTest"),
                    List.of(29)),
            new ClientFeature(
                    CONSUMING,
                    "lite pull: assign, subscribe, seek, pause, commit, offsets by time, listener for new queues, tags",
                    WORKS,
                    "",
                    List.of("LitePullTest", "LitePullFeaturesTest"),
                    List.of(361)),
            new ClientFeature(CONSUMING, "old pull consumer", WORKS, "", List.of("OldPullTest"), List.of(11)),
            new ClientFeature(
                    CONSUMING,
                    "retries, dead letters, retry policies of groups",
                    WORKS,
                    "[architecture.md](architecture.md#what-comes-back)",
                    List.of("RetryTest", "RetryPolicyTest"),
                    List.of(36)),
            new ClientFeature(
                    CONSUMING,
                    "POP: shared queues, `setMessageRequestMode`, receipts, invisible times",
                    WORKS,
                    "[pop.md](pop.md)",
                    List.of("PopTest"),
                    List.of(200050, 200051, 200151, 200053, 200054, 400, 401)),
            new ClientFeature(
                    CONSUMING,
                    "filters: tags, SQL92 over properties",
                    WORKS,
                    "[filters.md](filters.md)",
                    List.of("FilterTest"),
                    List.of(46)),
            new ClientFeature(
                    BESIDE,
                    "message trace, default and own topic, batches",
                    WORKS,
                    "see [Message trace](clients.md#message-trace)",
                    List.of("TraceTest"),
                    List.of(310)),
            new ClientFeature(
                    BESIDE,
                    "namespaces of the older kind (`setNamespace`)",
                    WORKS,
                    "the client writes `namespace%` before each name; retry and dead-letter topics are `%RETRY%namespace%group` and `%DLQ%namespace%group`",
                    List.of("NamespaceTest"),
                    List.of()),
            new ClientFeature(
                    BESIDE,
                    "namespaces of the newer kind (`setNamespaceV2`)",
                    KEPT,
                    "no effect: named beside each request; Apache's broker ignores them too",
                    List.of("NewNamespaceTest"),
                    List.of()),
            new ClientFeature(
                    BESIDE,
                    "units (`setUnitMode`)",
                    WORKS,
                    "topics that producers of a unit make, and retry topics of its groups, are marked, and the name server lists them",
                    List.of("ClientHandlerTest"),
                    List.of(311, 312, 313)),
            new ClientFeature(
                    BESIDE, "OpenTracing hooks", WORKS, "they need nothing of a broker", List.of(), List.of()),
            new ClientFeature(
                    BESIDE,
                    "PROXY protocol 1 and 2",
                    WORKS,
                    "see [Behind a proxy](clients.md#behind-a-proxy)",
                    List.of("ProxyProtocolTest"),
                    List.of()),
            new ClientFeature(
                    BESIDE,
                    "`GO_AWAY` (1500)",
                    NOT_SERVED,
                    "not sent: when the server stops, connections are closed after their answers; clients take that as a reason to try elsewhere, as they take the code",
                    List.of(),
                    List.of()),
            new ClientFeature(
                    BESIDE,
                    "queries: by id, by key, by time; offsets of queues",
                    WORKS,
                    "",
                    List.of("QueryTest"),
                    List.of(12, 33, 29, 30, 31)),
            new ClientFeature(
                    BESIDE,
                    "administration (`DefaultMQAdminExt`)",
                    WORKS,
                    "as the commands of mqadmin below",
                    List.of("AdminTest"),
                    List.of()),
            new ClientFeature(
                    BESIDE,
                    "access and secret keys (ACL signatures)",
                    WORKS,
                    "[security.md](security.md)",
                    List.of("AccessTest"),
                    List.of()),
            new ClientFeature(
                    BESIDE, "TLS, mutual TLS", WORKS, "[security.md](security.md)", List.of("TlsTest"), List.of()));
}
