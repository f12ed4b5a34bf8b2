package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.fail;

import io.carillon.base.Agent;
import io.carillon.base.ByteSize;
import io.carillon.base.Counters;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.broker.Broker;
import io.carillon.broker.BrokerConfig;
import io.carillon.broker.access.SecretBox;
import io.carillon.broker.access.SecurityConfig;
import io.carillon.broker.access.SecurityConfig.ReplayCheck;
import io.carillon.log.LogConfig;
import io.carillon.message.Topic;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.IoGroup;
import io.carillon.remoting.RemotingClient;
import io.carillon.remoting.RemotingConfig;
import io.carillon.remoting.RemotingServer;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.schedule.ScheduleConfig;
import io.carillon.testkit.Changed;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A broker with its handlers on a real socket, a made-up disk and a clock that a test moves. */
final class LiveBroker implements AutoCloseable {
    private static final long DEADLINE_S = 20;
    private static final List<String> REPLY_FIELDS = List.of(
            "producerGroup",
            "topic",
            "defaultTopic",
            "defaultTopicQueueNums",
            "queueId",
            "sysFlag",
            "bornTimestamp",
            "flag",
            "properties",
            "reconsumeTimes",
            "unitMode",
            "bornHost",
            "storeHost",
            "storeTimestamp");

    final ManualTicker clock = new ManualTicker();
    final Broker broker;
    final Dispatcher dispatcher = new Dispatcher();
    final AtomicInteger coldReads = new AtomicInteger();
    private final ExecutorService cold = Executors.newSingleThreadExecutor(work -> new Thread(work, "cold"));
    private final Counters counters = new Counters();
    private final IoGroup io;
    private final RemotingServer server;
    private volatile boolean isClosed;

    LiveBroker() throws IOException {
        this(BrokerConfig.DEFAULT.log().hotBytes());
    }

    /** @param hotBytes reads farther than this from the log's end are cold */
    LiveBroker(ByteSize hotBytes) throws IOException {
        this(hotBytes, ScheduleConfig.DEFAULT);
    }

    /** One that keeps no replies. */
    static LiveBroker withoutStoredReplies() throws IOException {
        return new LiveBroker(BrokerConfig.DEFAULT.log().hotBytes(), ScheduleConfig.DEFAULT, false, null);
    }

    LiveBroker(ScheduleConfig schedule) throws IOException {
        this(BrokerConfig.DEFAULT.log().hotBytes(), schedule);
    }

    /** Serves only who has shown who he is. */
    LiveBroker(SecretBox box) throws IOException {
        this(BrokerConfig.DEFAULT.log().hotBytes(), ScheduleConfig.DEFAULT, true, box);
    }

    /** One that has no more light queues than this. */
    static LiveBroker withLightQueues(int max) throws IOException {
        BrokerConfig config = config(BrokerConfig.DEFAULT.log().hotBytes(), ScheduleConfig.DEFAULT, true);
        return new LiveBroker(Changed.copy(config, "lightQueuesMax", max), null);
    }

    private LiveBroker(ByteSize hotBytes, ScheduleConfig schedule) throws IOException {
        this(hotBytes, schedule, true, null);
    }

    private LiveBroker(ByteSize hotBytes, ScheduleConfig schedule, boolean storeReplies, @Nullable SecretBox box)
            throws IOException {
        this(config(hotBytes, schedule, storeReplies), box);
    }

    private LiveBroker(BrokerConfig config, @Nullable SecretBox box) throws IOException {
        broker = Broker.open(config, new LossyStorage(), clock, counters, new Random(1), work -> {
            coldReads.incrementAndGet();
            cold.execute(work);
        });
        new RocketmqFront(broker, clock, cold, this::address, this::ownQueues)
                .secrets(box)
                .register(dispatcher);
        if (box != null) {
            dispatcher.guard(guard(box));
        }
        io = IoGroup.open(2, Thread.ofPlatform().daemon().factory(), RemotingConfig.DEFAULT, Ticker.system(), counters);
        server = RemotingServer.listen(io, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), dispatcher);
    }

    /** The request codes that the broker's front serves. */
    SortedSet<Integer> codes() {
        return dispatcher.codes();
    }

    private AccessGuard guard(SecretBox box) {
        SecurityConfig config = new SecurityConfig(
                true, "root", Secret.NONE, Path.of(""), Secret.NONE, "", Secret.NONE, ReplayCheck.ALWAYS);
        return new AccessGuard(
                () -> broker.access().current(), box, broker.config().cluster(), config, Set.of(), clock, counters);
    }

    private InetSocketAddress address() {
        return server.address();
    }

    private static BrokerConfig config(ByteSize hotBytes, ScheduleConfig schedule, boolean storeReplies) {
        LogConfig log = Changed.copy(
                LogConfig.DEFAULT,
                "flush",
                LogConfig.Flush.ASYNC,
                "segmentSize",
                ByteSize.mib(1),
                "diskReserve",
                ByteSize.kib(1),
                "dedupCount",
                1000,
                "hotBytes",
                hotBytes);
        return Changed.copy(BrokerConfig.DEFAULT, "storeReplies", storeReplies, "schedule", schedule, "log", log);
    }

    /** There is no name server beside it. */
    private void ownQueues(String topic, QueueRoutes.Told told) {
        var state = broker.topics().find(topic);
        int count = state == null ? 0 : state.config().readQueues();
        told.accept(IntStream.range(0, count)
                .mapToObj(number -> new QueueRoutes.Place(broker.config().name(), number))
                .toList());
    }

    /** What all connections, also those of the clients, keep of requests and answers. */
    long bytesInFlight() {
        return counters.snapshot().getOrDefault("remoting_in_flight_bytes", 0L);
    }

    /** Lets messages go when they are due, and orders about them be decided, from now on. */
    void runDueLoop() {
        run(broker.scheduler().agent());
    }

    /** Has producers asked about transactions from now on. */
    void runCheckBack() {
        run(broker.transactions().agent());
    }

    private void run(Agent loop) {
        Thread.ofPlatform().name(loop.name()).daemon().start(() -> {
            while (!isClosed) {
                if (loop.doWork() == 0) {
                    LockSupport.parkNanos(200_000);
                }
            }
        });
    }

    /** A client with a connection of its own. */
    Peer connect() {
        return new Peer(new Dispatcher());
    }

    /** Likewise; the broker's questions to it go there. */
    Peer connect(Dispatcher questions) {
        return new Peer(questions);
    }

    /** Lets what was committed become durable, and be answered, from now on. */
    void runOffsets() {
        Thread.ofPlatform().name("offsets").daemon().start(() -> {
            while (!isClosed) {
                if (broker.offsets().doWork() == 0) {
                    LockSupport.parkNanos(200_000);
                }
            }
        });
    }

    void makeTopic(String name, int queues) {
        makeTopic(Topic.of(name, queues));
    }

    void makeTopic(Topic topic) {
        AtomicReference<@Nullable Boolean> done = new AtomicReference<>();
        broker.topics().put(topic, refusal -> done.set(refusal == null));
        await("topic " + topic.name(), () -> done.get() != null);
    }

    /** The text of properties, given as names and values in turn. */
    static String properties(String... namesAndValues) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            text.append(namesAndValues[i]).append('\u0001');
            text.append(namesAndValues[i + 1]).append('\u0002');
        }
        return text.toString();
    }

    /** The request that sends one message. */
    static Reply message(String topic, int queue, String properties, String text) {
        return Reply.ok()
                .ext("a", "P")
                .ext("b", topic)
                .ext("c", "TBW102")
                .ext("d", 4)
                .ext("e", queue)
                .ext("f", 0)
                .ext("g", 1)
                .ext("h", 0)
                .ext("i", properties)
                .ext("j", 0)
                .body(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A question about a transaction. */
    record Asked(Map<String, String> fields, MemorySegment record) {
        private static final List<String> NAMES = List.of(
                "topic", "tranStateTableOffset", "commitLogOffset", "msgId", "transactionId", "offsetMsgId", "bname");

        static Asked of(Request request) {
            Map<String, String> fields = new HashMap<>();
            NAMES.forEach(name -> fields.put(name, request.required(name)));
            return new Asked(fields, MemorySegment.ofArray(request.copyBody()));
        }
    }

    /** A connected client. */
    final class Peer implements AutoCloseable {
        /** What this client was asked about transactions. */
        final List<Asked> asked = Collections.synchronizedList(new ArrayList<>());

        final List<String> notices = Collections.synchronizedList(new ArrayList<>());
        /** Replies that were pushed, by header field; the last one stands under {@code body}. */
        final List<Map<String, String>> replies = Collections.synchronizedList(new ArrayList<>());

        volatile int replyCode;
        volatile boolean holdsReplies;
        final List<ReplyTo> held = Collections.synchronizedList(new ArrayList<>());
        private final RemotingClient client;

        private Peer(Dispatcher questions) {
            questions
                    .on(
                            RequestCode.NOTIFY_CONSUMER_IDS_CHANGED,
                            request -> notices.add(request.required("consumerGroup")))
                    .on(RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT, this::takeReply)
                    .on(RequestCode.CHECK_TRANSACTION_STATE, request -> asked.add(Asked.of(request)));
            client = new RemotingClient(io, questions);
        }

        private void takeReply(Request request) {
            Map<String, String> reply = new TreeMap<>();
            for (String name : REPLY_FIELDS) {
                reply.put(name, String.valueOf(request.ext(name)));
            }
            reply.put("body", new String(request.copyBody(), StandardCharsets.UTF_8));
            replies.add(reply);
            if (holdsReplies) {
                held.add(request.replyTo());
            } else {
                request.reply(Reply.of(replyCode));
            }
        }

        CompletableFuture<Response> send(int code, Reply content) {
            return client.call(server.address(), code, content, 60_000);
        }

        /** Sends a request that is not answered. */
        void tell(int code, Reply content) {
            client.connect(server.address()).join().notify(code, content);
        }

        /** What the broker counted of something within the last minute. */
        String lastMinute(String name, String key) {
            Response figures = call(
                    RequestCode.VIEW_BROKER_STATS_DATA,
                    Reply.ok().ext("statsName", name).ext("statsKey", key));
            if (figures.code() != 0) {
                fail(String.valueOf(figures.remark()));
            }
            String text = new String(figures.body(), StandardCharsets.UTF_8);
            return text.substring(text.indexOf("\"statsMinute\""));
        }

        Response call(int code, Reply content) {
            return get(send(code, content));
        }

        /** Stores one message through the broker's own front. */
        void produce(String topic, int queue, String tag, String text) {
            Response response = call(RequestCode.SEND_MESSAGE_V2, message(topic, queue, properties("TAGS", tag), text));
            if (response.code() != 0) {
                fail("not stored: " + response.code() + " " + response.remark());
            }
        }

        /** Closes the connection. */
        @Override
        public void close() {
            client.close();
        }
    }

    static Response get(CompletableFuture<Response> answer) {
        try {
            return answer.get(DEADLINE_S, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("no answer", e);
        }
    }

    /** As {@link #await}, with a clock that goes on: for what an agent plans a while after it has seen something. */
    void awaitWhileTimePasses(String what, BooleanSupplier condition) {
        long[] advancedNs = {System.nanoTime()};
        await(what, () -> {
            if (System.nanoTime() - advancedNs[0] > 10_000_000) {
                advancedNs[0] = System.nanoTime();
                clock.advanceMs(100);
            }
            return condition.getAsBoolean();
        });
    }

    static void await(String what, BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_S);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadlineNs) {
                fail("did not happen in time: " + what);
            }
            Thread.yield();
        }
    }

    /** The broker itself is left to the collector: its disk is memory, and a close would write indexes for nobody. */
    @Override
    public void close() {
        isClosed = true;
        server.close();
        io.close();
        cold.shutdown();
    }
}
