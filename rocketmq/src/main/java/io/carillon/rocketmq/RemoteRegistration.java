package io.carillon.rocketmq;

import io.carillon.base.Ticker;
import io.carillon.message.Topic;
import io.carillon.nameserver.TableVersion;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * This broker's registration at one remote name server; one request is under way at a time.
 *
 * <p>The whole table is sent at first, after a failure, with the heartbeats, and when the name server turns out not to
 * have it; changes are sent as they come. A large table goes with every so many heartbeats only, and a question for its
 * version serves as the others: that finds a name server that lost the table, but not a topic that an operator deleted
 * there. Only a whole table carries the true version: a name server that restarted and got no more than a change then
 * shows another version, and is sent everything.
 */
final class RemoteRegistration {
    private static final Logger LOG = System.getLogger(Registrar.class.getName());
    private static final long BEAT_NS = TimeUnit.SECONDS.toNanos(30);
    /** So many topics go with a heartbeat on average, about 200 kB; a larger table goes less often. */
    private static final int TOPICS_PER_BEAT = 1_000;

    private static final int BEATS_PER_WHOLE_MAX = 20;
    private static final long COALESCE_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long RETRY_FIRST_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int RETRY_DOUBLINGS_MAX = 5;
    private static final long TIMEOUT_MS = 6_000;
    /** So many topics make about 2 MB, far below what a frame may hold. */
    static final int TOPICS_PER_REQUEST_MAX = 10_000;

    private final InetSocketAddress address;
    private final BrokerIdentity broker;
    private final TopicTable topics;
    private final NameServerCalls calls;
    private final Ticker ticker;
    private final RandomGenerator random;
    private final Runnable onRegistered;
    private volatile Runnable waker = () -> {};

    private final Set<String> changed = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean isSignalled = new AtomicBoolean();
    /** Who waits until the changes that there were by then are told, or cannot be. */
    private final Queue<CompletableFuture<Void>> waiting = new ConcurrentLinkedQueue<>();

    private final AtomicReference<@Nullable Outcome> outcome = new AtomicReference<>();

    private @Nullable Whole whole;
    private boolean needsWhole = true;
    private volatile boolean isUnderWay;
    private int beats;
    private int beatsPerWhole = 1;
    private int failures;
    private boolean hasComplained;
    private long changes;
    private long dueNs;
    private long lastSentNs;
    private volatile boolean isUp;

    RemoteRegistration(
            InetSocketAddress address,
            BrokerIdentity broker,
            TopicTable topics,
            NameServerCalls calls,
            Ticker ticker,
            RandomGenerator random,
            Runnable onRegistered) {
        this.address = address;
        this.broker = broker;
        this.topics = topics;
        this.calls = calls;
        this.ticker = ticker;
        this.random = random;
        this.onRegistered = onRegistered;
        dueNs = ticker.nanoTime();
        lastSentNs = dueNs - COALESCE_NS;
    }

    /** What a request was, so that its answer is understood. */
    private enum Kind {
        WHOLE,
        CHANGES,
        VERSION
    }

    private record Outcome(
            Kind kind,
            Set<String> names,
            @Nullable Response response,
            @Nullable Throwable fault) {}

    /** A whole table on its way, in parts; a topic's settings are read when its part goes. */
    private static final class Whole {
        final TableVersion version;
        private final List<String> names;
        private int sent;

        Whole(TableVersion version, List<String> names) {
            this.version = version;
            this.names = names;
        }

        List<String> nextPart() {
            int from = sent;
            sent = Math.min(sent + TOPICS_PER_REQUEST_MAX, names.size());
            return names.subList(from, sent);
        }

        boolean isSent() {
            return sent == names.size();
        }
    }

    boolean isUp() {
        return isUp;
    }

    void wakeBy(Runnable waker) {
        this.waker = waker;
    }

    /** A topic was made, changed or deleted; any thread. */
    void changed(String topic) {
        changed.add(topic);
        if (!isSignalled.getAndSet(true)) {
            waker.run();
        }
    }

    /** Completes when the name server was told of all that changed by now; at once while it cannot be reached. Any thread. */
    CompletableFuture<Void> told() {
        CompletableFuture<Void> told = new CompletableFuture<>();
        waiting.add(told);
        if (!isUp || (!isUnderWay && changed.isEmpty())) {
            release();
        } else {
            waker.run(); // changes go soon, but now when somebody waits
        }
        return told;
    }

    private void release() {
        for (CompletableFuture<Void> one = waiting.poll(); one != null; one = waiting.poll()) {
            one.complete(null);
        }
    }

    int doWork() {
        int done = 0;
        Outcome settled = outcome.getAndSet(null);
        if (settled != null) {
            settle(settled);
            done++;
        }
        if (restNs() == 0) {
            sendNext();
            done++;
        }
        return done;
    }

    long restNs() {
        if (outcome.get() != null) {
            return 0;
        }
        return isUnderWay ? Long.MAX_VALUE : Math.max(0, nextNs() - ticker.nanoTime());
    }

    private long nextNs() {
        boolean hasNews = whole != null || needsWhole || !changed.isEmpty();
        long soonNs = lastSentNs + (waiting.isEmpty() ? COALESCE_NS : 0);
        return failures == 0 && hasNews ? Math.min(dueNs, soonNs) : dueNs;
    }

    private void sendNext() {
        isUnderWay = true; // before anything is taken from what changed
        lastSentNs = ticker.nanoTime();
        if (whole != null || needsWhole || changed.size() > TOPICS_PER_REQUEST_MAX) {
            sendWhole();
        } else if (!changed.isEmpty()) {
            sendChanges();
        } else if (++beats >= beatsPerWhole) {
            sendWhole();
        } else {
            Reply content = head(Reply.ok()).body(RouteBodies.version(topics.version()));
            send(Kind.VERSION, Set.of(), RequestCode.QUERY_DATA_VERSION, content);
        }
    }

    private void sendWhole() {
        TableVersion version = topics.version(); // before the topics: a change in between is then sent once more
        Set<String> names = takeChanged();
        Whole table = whole;
        if (table == null) {
            table = new Whole(version, topics.all().stream().map(Topic::name).toList());
            whole = table;
            needsWhole = false;
            beats = 0;
            beatsPerWhole = Math.min(BEATS_PER_WHOLE_MAX, 1 + table.names.size() / TOPICS_PER_BEAT);
        }
        List<Topic> part = new ArrayList<>();
        Set<String> removed = new HashSet<>();
        sortOut(table.nextPart(), part, new HashSet<>());
        sortOut(names, part, removed);
        TableVersion said = table.isSent() ? table.version : unlike(version);
        register(Kind.WHOLE, names, new RegistrationBody(said, part, removed));
    }

    private void sendChanges() {
        TableVersion version = topics.version();
        Set<String> names = takeChanged();
        List<Topic> present = new ArrayList<>();
        Set<String> removed = new HashSet<>();
        sortOut(names, present, removed);
        register(Kind.CHANGES, names, new RegistrationBody(unlike(version), present, removed));
    }

    private Set<String> takeChanged() {
        isSignalled.set(false);
        Set<String> names = new HashSet<>(changed);
        changed.removeAll(names);
        return names;
    }

    private void sortOut(Collection<String> names, List<Topic> present, Set<String> removed) {
        for (String name : names) {
            Topic topic = topics.find(name);
            if (topic == null) {
                removed.add(name);
            } else {
                present.add(topic);
            }
        }
    }

    /** A version that no table has, another one each time: a name server takes equal versions for no change. */
    private TableVersion unlike(TableVersion version) {
        changes++;
        return new TableVersion(version.stateVersion(), version.timestampMs(), -1 - changes);
    }

    private void register(Kind kind, Set<String> names, RegistrationBody registration) {
        byte[] body = registration.write();
        Reply content = head(Reply.ok())
                .ext("haServerAddr", broker.haAddress())
                .ext("enableActingMaster", false)
                .ext("compressed", false)
                .ext("bodyCrc32", RegistrationBody.checksum(body))
                .body(body);
        send(kind, names, RequestCode.REGISTER_BROKER, content);
    }

    private Reply head(Reply content) {
        return content.ext("brokerName", broker.name())
                .ext("brokerAddr", broker.address())
                .ext("clusterName", broker.cluster())
                .ext("brokerId", broker.id());
    }

    private void send(Kind kind, Set<String> names, int code, Reply content) {
        call(code, content, TIMEOUT_MS).whenComplete((response, fault) -> {
            outcome.set(new Outcome(kind, names, response, fault));
            waker.run();
        });
    }

    private CompletableFuture<Response> call(int code, Reply content, long timeoutMs) {
        try {
            return calls.call(address, code, content, timeoutMs);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void settle(Outcome settled) {
        isUnderWay = false;
        Response response = settled.response;
        if (response == null) {
            failed(settled, String.valueOf(settled.fault));
        } else if (response.code() == ResponseCode.SUCCESS) {
            succeeded(settled.kind, response.ext());
        } else if (settled.kind == Kind.WHOLE) {
            failed(settled, "code " + response.code() + " " + response.remark());
        } else {
            changed.addAll(settled.names);
            needsWhole = true;
        }
        if (changed.isEmpty() || !isUp) {
            release();
        }
    }

    private void succeeded(Kind kind, Map<String, String> ext) {
        failures = 0;
        dueNs = ticker.nanoTime() + jittered(BEAT_NS);
        if (kind == Kind.VERSION && !"false".equals(ext.get("changed"))) {
            needsWhole = true;
        }
        if (kind == Kind.WHOLE && whole != null && whole.isSent()) {
            whole = null;
            if (!isUp) {
                isUp = true;
                hasComplained = false;
                LOG.log(Level.INFO, "registered {0} at name server {1}", broker.name(), at());
                onRegistered.run();
            }
        }
    }

    /** As it was named: an address that is looked up anew each time would be shown as not looked up. */
    private String at() {
        return address.getHostString() + ":" + address.getPort();
    }

    private void failed(Outcome settled, String why) {
        changed.addAll(settled.names);
        whole = null;
        needsWhole = true;
        if (!hasComplained) {
            hasComplained = true;
            LOG.log(Level.WARNING, "cannot register at name server {0}, will go on trying: {1}", at(), why);
        }
        isUp = false;
        long delayNs = RETRY_FIRST_NS << Math.min(failures, RETRY_DOUBLINGS_MAX);
        failures++;
        dueNs = ticker.nanoTime() + jittered(delayNs);
    }

    /** Up to a tenth more or less, so that the brokers of a cluster do not all come at once. */
    private long jittered(long ns) {
        return ns + (long) ((random.nextDouble() - 0.5) * 0.2 * ns);
    }

    /** Tells the name server that this broker goes; completes in any case. */
    CompletableFuture<?> unregister(long timeoutMs) {
        if (!isUp) {
            return CompletableFuture.completedFuture(null);
        }
        isUp = false;
        return call(RequestCode.UNREGISTER_BROKER, head(Reply.ok()), timeoutMs).handle((_, _) -> null);
    }
}
