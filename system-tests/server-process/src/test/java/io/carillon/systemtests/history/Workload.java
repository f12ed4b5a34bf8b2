package io.carillon.systemtests.history;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawClient.Answer;
import io.carillon.systemtests.harness.RawTopic;
import io.carillon.systemtests.harness.Server;
import io.carillon.systemtests.history.Event.Audited;
import io.carillon.systemtests.history.Event.Fault;
import io.carillon.systemtests.history.Event.Logged;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * Producers and a group of consumers at one topic, which go on through whatever happens to the server, and write all of it
 * into a {@link History}: one ordered stream for each queue, and pipelined ones beside them.
 */
final class Workload implements AutoCloseable {
    private static final int QUEUE_COUNT = 4;
    private static final int PIPELINED_COUNT = 2;
    private static final int WINDOW = 64;
    private static final int PIPELINED_PAUSES = 16;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Supplier<List<String>> addresses;
    private final Duration pause;
    private final RawTopic topic = new RawTopic(Names.unique("history"));
    private final String group = Names.unique("history-readers");
    private final History history = new History();
    private final Stream.Tally tally = new Stream.Tally();
    private final List<Stream> streams = new ArrayList<>();
    private final List<QueueReader> readers = new ArrayList<>();
    private final List<Thread> producing = new ArrayList<>();
    private final List<Thread> consuming = new ArrayList<>();
    private final Queue<Throwable> crashes = new ConcurrentLinkedQueue<>();
    private final Line asking;
    private long logEnd;

    private Workload(Supplier<List<String>> addresses, Duration pause) {
        this.addresses = addresses;
        this.pause = pause;
        asking = new Line(addresses);
    }

    /** Creates the topic and starts everybody. */
    static Workload start(Server server, long seed) throws IOException {
        return start(List.of(server.broker()), seed);
    }

    /** Likewise, with servers any of which will do. */
    static Workload start(List<String> addresses, long seed) throws IOException {
        return start(addresses, seed, Duration.ZERO);
    }

    /** Likewise, with producers that rest for so long after each answer, so that disks last for hours. */
    static Workload start(List<String> addresses, long seed, Duration pause) throws IOException {
        return start(() -> addresses, seed, pause);
    }

    /** Likewise, with servers that change while it runs. */
    static Workload start(Supplier<List<String>> addresses, long seed, Duration pause) throws IOException {
        Workload workload = new Workload(addresses, pause);
        workload.asked(client -> {
            workload.topic.create(client, QUEUE_COUNT);
            return true;
        });
        workload.startReaders();
        workload.startStreams(seed);
        return workload;
    }

    private void startReaders() {
        for (int queue = 0; queue < QUEUE_COUNT; queue++) {
            QueueReader reader = new QueueReader(group, queue, topic, line(queue), history);
            readers.add(reader);
            consuming.add(launch(reader));
        }
    }

    private void startStreams(long seed) {
        for (int n = 0; n < QUEUE_COUNT + PIPELINED_COUNT; n++) {
            boolean isOrdered = n < QUEUE_COUNT;
            Stream stream = new Stream(
                    (isOrdered ? "ordered" : "pipelined") + n,
                    n % QUEUE_COUNT,
                    isOrdered ? 1 : WINDOW,
                    topic,
                    line(n + 1),
                    history,
                    tally,
                    seed + n,
                    isOrdered ? pause : pause.multipliedBy(PIPELINED_PAUSES));
            streams.add(stream);
            producing.add(launch(stream));
        }
    }

    /** A connection that begins at another server than the next one's: some at the leader, some at those who pass on. */
    private Line line(int number) {
        return new Line(() -> {
            List<String> turned = new ArrayList<>(addresses.get());
            Collections.rotate(turned, number);
            return turned;
        });
    }

    private Thread launch(Runnable work) {
        return Thread.ofVirtual().name(work.getClass().getSimpleName()).start(() -> {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                crashes.add(e);
            }
        });
    }

    void fault(String what) {
        history.add(new Fault(what));
    }

    long acked() {
        return tally.acked().get();
    }

    /** The code of the last send that was refused; 0 if none was. */
    int lastRefusal() {
        return tally.lastRefusal().get();
    }

    /** Waits until {@code count} more sends are acknowledged than now. */
    void awaitAcked(long count) {
        long wanted = acked() + count;
        waiting("acknowledgements").until(() -> acked() >= wanted || !crashes.isEmpty());
        checkAlive();
    }

    /** The highest log offset that the audit found: what lies before it is committed. */
    long logEnd() {
        return logEnd;
    }

    private static ConditionFactory waiting(String what) {
        return Awaitility.await(what).atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2));
    }

    private void checkAlive() {
        if (!crashes.isEmpty()) {
            throw new AssertionError("a client of the workload failed", crashes.peek());
        }
    }

    /** Lets the producers finish what they began, and the consumers get all of it; then nothing runs any more. */
    void finish() throws IOException {
        streams.forEach(Stream::stop);
        waiting("producers").until(() -> producing.stream().noneMatch(Thread::isAlive));
        checkAlive();
        for (int queue = 0; queue < QUEUE_COUNT; queue++) {
            int number = queue;
            QueueReader reader = readers.get(queue);
            long end = asked(client -> topic.offsetMax(client, number));
            while (reader.next() < end && crashes.isEmpty()) { // after hours it may be far behind: it must get on
                long before = reader.next();
                waiting("consumer of queue " + queue).until(() -> reader.next() != before || !crashes.isEmpty());
            }
        }
        close();
        checkAlive();
    }

    /** Reads every queue from its beginning to its end into the history. */
    void audit() throws IOException {
        for (int queue = 0; queue < QUEUE_COUNT; queue++) {
            int number = queue;
            long min = asked(client -> topic.offsetMin(client, number));
            long max = asked(client -> topic.offsetMax(client, number));
            for (long next = min; next < max; ) {
                next = auditOnce(queue, next);
            }
            history.add(new Audited(queue, min, max));
        }
    }

    private long auditOnce(int queue, long offset) throws IOException {
        Answer answer = asked(client -> RawTopic.served(topic.pull(client, group + "-audit", queue, offset, 0)));
        if (answer.code() != RawTopic.OK) {
            throw new AssertionError("queue " + queue + " at " + offset + " is within its ends: " + answer);
        }
        for (StoredMessage message : StoredMessage.all(answer.body())) {
            history.add(new Logged(message.key(), message.place(), message.intact()));
            logEnd = Math.max(logEnd, message.logOffset());
        }
        return answer.number("nextBeginOffset");
    }

    private interface Question<T> {
        T of(RawClient client) throws IOException;
    }

    /** Asks one server after the other until one serves. */
    private <T> T asked(Question<T> question) throws IOException {
        long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return question.of(asking.client());
            } catch (IOException e) {
                if (System.nanoTime() - deadlineNs > 0) {
                    throw e;
                }
                asking.refused();
            }
        }
    }

    /** What is wrong with all that was seen; empty when nothing is. */
    List<String> violations(boolean isIdempotent) {
        Set<String> ordered =
                streams.stream().filter(Stream::isOrdered).map(Stream::name).collect(Collectors.toSet());
        return new HistoryChecker(Set.of(group), ordered, isIdempotent).violations(history);
    }

    @Override
    public void close() {
        streams.forEach(Stream::stop);
        readers.forEach(QueueReader::stop);
        asking.close();
        waiting("consumers").until(() -> consuming.stream().noneMatch(Thread::isAlive));
    }
}
