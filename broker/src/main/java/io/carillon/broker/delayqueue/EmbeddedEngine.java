package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Cancelled;
import io.carillon.base.delayqueue.DelayEngine;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.Extended;
import io.carillon.base.delayqueue.Found;
import io.carillon.base.delayqueue.GroupInfo;
import io.carillon.base.delayqueue.GroupSettings;
import io.carillon.base.delayqueue.Health;
import io.carillon.base.delayqueue.Limits;
import io.carillon.base.delayqueue.Metric;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Redriven;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Released;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.Requests.DeadLetters;
import io.carillon.base.delayqueue.Requests.Page;
import io.carillon.base.delayqueue.Requests.Pull;
import io.carillon.base.delayqueue.Requests.Redrive;
import io.carillon.base.delayqueue.Requests.Search;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.base.delayqueue.Rescheduled;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.Settled;
import io.carillon.base.delayqueue.Statistics;
import io.carillon.base.delayqueue.Stored;
import io.carillon.base.delayqueue.TopicInfo;
import io.carillon.base.delayqueue.TopicSettings;
import io.carillon.base.delayqueue.When;
import io.carillon.broker.BrokerConfig;
import io.carillon.broker.metadata.Topics;
import io.carillon.message.TopicName;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * FACE: the delay queue over this broker. Durable means what the broker's flush mode says. An acknowledgement is durable
 * some ms after it is answered: a crash in between hands the message out once more. Where the broker is a member of a group,
 * it is answered when it is durable.
 */
public final class EmbeddedEngine implements DelayEngine {
    private static final long VISIBILITY_DEFAULT_MS = 300_000;
    private static final long VISIBILITY_MAX_MS = 12 * 3_600_000L;
    private static final long WAIT_MAX_MS = 30_000;
    private static final int BATCH_MAX = 500;
    private static final int PULL_MAX = 256;
    private static final int PAGE_MAX = 1_000;
    private static final int KEY_BYTES_MAX = 255;
    private static final int HEADERS_MAX = 64;
    private static final int HEADER_BYTES_MAX = 24_000;
    /** What the log remembers of unique ids. */
    private static final long IDEMPOTENCY_MS = 600_000;

    private final Parts parts;
    private final Names names;
    private final Sends sends;
    private final Pulls pulls;
    private final GivenUp givenUp;
    private final Settling settling;
    private final Lookup lookup;
    private final Listing listing;
    private final DeadLetterBox deadLetters;
    private final TopicsAndGroups topicsAndGroups;
    private final Overview overview;

    /** @param receiptKey what receipts are signed by: at least 32 bytes that nobody else knows; asked at first use */
    public EmbeddedEngine(Parts parts, Supplier<byte[]> receiptKey) {
        this.parts = parts;
        names = new Names(parts.admin());
        Receipts receipts = new Receipts(receiptKey);
        ExpiredNotes notes = new ExpiredNotes(parts);
        givenUp = new GivenUp(parts, receipts, notes);
        sends = new Sends(parts);
        pulls = new Pulls(parts, receipts, givenUp, VISIBILITY_DEFAULT_MS);
        settling = new Settling(parts, receipts, givenUp);
        deadLetters = new DeadLetterBox(parts);
        topicsAndGroups = new TopicsAndGroups(parts, names);
        Standing standing = new Standing(parts, notes);
        lookup = new Lookup(parts, standing, topicsAndGroups);
        listing = new Listing(parts, new Places(parts, deadLetters, notes, standing), topicsAndGroups);
        overview = new Overview(parts, topicsAndGroups, deadLetters);
    }

    @Override
    public String name() {
        return "embedded";
    }

    @Override
    public Limits limits() {
        return limits(parts.config().get());
    }

    /** What one takes at most over a broker of this configuration. */
    public static Limits limits(BrokerConfig config) {
        long delayMaxMs = config.schedule().delayMax().toMillis();
        return new Limits(
                new Limits.Contents(
                        TopicName.GROUP_CHARS_MAX,
                        KEY_BYTES_MAX,
                        config.messageSizeMax().intBytes(),
                        HEADERS_MAX,
                        HEADER_BYTES_MAX),
                new Limits.Times(
                        delayMaxMs,
                        delayMaxMs,
                        WAIT_MAX_MS,
                        1,
                        VISIBILITY_MAX_MS,
                        VISIBILITY_DEFAULT_MS,
                        IDEMPOTENCY_MS),
                new Limits.Calls(BATCH_MAX, PULL_MAX, PAGE_MAX, Listing.QUEUES_MAX),
                new Limits.Room(
                        config.longPollsMax(),
                        config.pop().pollsMax(),
                        config.pop().inFlightTotalMax(),
                        config.pop().inFlightMax(),
                        Limits.NONE,
                        1,
                        Limits.NONE,
                        Topics.QUEUES_MAX,
                        Limits.NONE));
    }

    private interface Asked<T> {
        CompletableFuture<Answer<T>> ask();
    }

    private static <T> CompletableFuture<Answer<T>> unless(@Nullable Refusal fault, Asked<T> asked) {
        return fault == null ? asked.ask() : CompletableFuture.completedFuture(Answer.refused(fault));
    }

    /** Where it may wait for the disk. */
    private <T> CompletableFuture<Answer<T>> aside(@Nullable Refusal fault, Supplier<Answer<T>> question) {
        return unless(fault, () -> CompletableFuture.supplyAsync(question, parts.blocking()));
    }

    private <T> CompletableFuture<Answer<T>> orderedAside(@Nullable Refusal fault, Asked<T> order) {
        return unless(
                fault,
                () -> CompletableFuture.supplyAsync(order::ask, parts.blocking())
                        .thenCompose(told -> told));
    }

    @Override
    public CompletableFuture<Answer<List<Answer<Sent>>>> send(String topic, List<NewMessage> messages) {
        return unless(names.faultOfTopic(topic), () -> sends.send(topic, messages));
    }

    @Override
    public CompletableFuture<Answer<List<Delivery>>> pull(Pull pull) {
        return unless(fault(pull.where()), () -> pulls.pull(pull));
    }

    @Override
    public void giveBack(Where where, List<Delivery> deliveries) {
        givenUp.giveBack(where, deliveries);
    }

    private @Nullable Refusal fault(Where where) {
        return names.faultOf(where.topic(), where.group());
    }

    @Override
    public CompletableFuture<Answer<List<Settled>>> acknowledge(Where where, List<String> receipts) {
        return unless(fault(where), () -> settling.acknowledge(where, receipts));
    }

    @Override
    public CompletableFuture<Answer<Extended>> extend(Where where, String receipt, long visibilityMs) {
        long ms = visibilityMs == Requests.BY_GROUP ? pulls.visibilityMs(where.group()) : visibilityMs;
        return unless(fault(where), () -> settling.extend(where, receipt, ms));
    }

    @Override
    public CompletableFuture<Answer<Released>> release(Where where, String receipt, long delayMs) {
        return unless(fault(where), () -> settling.release(where, receipt, delayMs));
    }

    @Override
    public CompletableFuture<Answer<Cancelled>> cancel(String topic, String id) {
        return orderedAside(names.faultOfTopic(topic), () -> lookup.cancel(topic, id));
    }

    @Override
    public CompletableFuture<Answer<Rescheduled>> reschedule(String topic, String id, When when) {
        return orderedAside(names.faultOfTopic(topic), () -> lookup.reschedule(topic, id, when));
    }

    @Override
    public CompletableFuture<Answer<Stored>> get(Where where, String id) {
        Refusal fault = where.group().isEmpty() ? names.faultOfTopic(where.topic()) : fault(where);
        return aside(fault, () -> lookup.get(where, id));
    }

    @Override
    public CompletableFuture<Answer<Found<Stored>>> list(Search search) {
        return aside(listing.fault(search, names), () -> listing.list(search));
    }

    @Override
    public CompletableFuture<Answer<Found<Stored>>> deadLetters(DeadLetters which) {
        return aside(fault(which.where()), () -> deadLetters.list(which));
    }

    @Override
    public CompletableFuture<Answer<Redriven>> redrive(Redrive which) {
        return orderedAside(fault(which.where()), () -> deadLetters.redrive(which));
    }

    @Override
    public CompletableFuture<Answer<TopicInfo>> putTopic(String topic, TopicSettings settings) {
        return unless(names.faultOfTopic(topic), () -> topicsAndGroups.putTopic(topic, settings));
    }

    @Override
    public CompletableFuture<Answer<TopicInfo>> topic(String topic) {
        return unless(names.faultOfTopic(topic), () -> CompletableFuture.completedFuture(topicsAndGroups.topic(topic)));
    }

    @Override
    public CompletableFuture<Answer<Found<TopicInfo>>> topics(Page page) {
        return aside(null, () -> topicsAndGroups.topics(page));
    }

    @Override
    public CompletableFuture<Answer<Boolean>> deleteTopic(String topic) {
        return unless(names.faultOfTopic(topic), () -> topicsAndGroups.deleteTopic(topic));
    }

    @Override
    public CompletableFuture<Answer<TopicInfo>> pauseTopic(String topic, boolean isPaused) {
        return unless(names.faultOfTopic(topic), () -> topicsAndGroups.pauseTopic(topic, isPaused));
    }

    @Override
    public Collection<String> otherTopics(Where where) {
        return topicsAndGroups.otherTopics(where);
    }

    @Override
    public CompletableFuture<Answer<GroupInfo>> putGroup(Where where, GroupSettings settings) {
        return unless(fault(where), () -> topicsAndGroups.putGroup(where, settings));
    }

    @Override
    public CompletableFuture<Answer<Found<GroupInfo>>> groups(String topic, Page page) {
        return aside(names.faultOfTopic(topic), () -> topicsAndGroups.groups(topic, page));
    }

    @Override
    public CompletableFuture<Answer<Boolean>> deleteGroup(Where where) {
        return unless(fault(where), () -> topicsAndGroups.deleteGroup(where));
    }

    @Override
    public CompletableFuture<Answer<GroupInfo>> pauseGroup(Where where, boolean isPaused) {
        return unless(fault(where), () -> topicsAndGroups.pauseGroup(where, isPaused));
    }

    @Override
    public CompletableFuture<Answer<Statistics>> statistics(String topic) {
        return aside(names.faultOfTopic(topic), () -> overview.statistics(topic));
    }

    @Override
    public CompletableFuture<Health> health() {
        return CompletableFuture.completedFuture(overview.health());
    }

    @Override
    public List<Metric> metrics() {
        return overview.metrics();
    }

    /** Another member of the group leads: who waits here hears so at once, and nobody waits any more. */
    public void leadsNoMore() {
        pulls.stop(Answer.refused(Refusals.of(io.carillon.log.Refusal.NOT_LEADER)));
    }

    @Override
    public void close() {
        pulls.stop(Answer.of(List.of()));
    }
}
