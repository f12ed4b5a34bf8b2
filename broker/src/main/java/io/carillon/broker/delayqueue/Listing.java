package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Found;
import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Refusal.Invalid;
import io.carillon.base.delayqueue.Refusal.Missing;
import io.carillon.base.delayqueue.Refusal.OverLimit;
import io.carillon.base.delayqueue.Requests.Search;
import io.carillon.base.delayqueue.Stored;
import io.carillon.broker.metadata.TopicState;
import io.carillon.message.Topic;
import io.carillon.schedule.Scheduler;
import io.carillon.schedule.WaitingPage;
import io.carillon.schedule.WaitingPlace;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lists messages: first those that are due, in the order in which they became so, then those that wait, in the order in which
 * they will; of those that expired, first what a group did not get in time, then what never came to be had. One request looks at so many messages and no more: then its page is short, or empty, and says where to go on.
 * Reads: on threads that may wait for the disk.
 */
final class Listing {
    private static final int LOOKS_MAX = 2_000;
    private static final int BYTES_MAX = 32 << 20;
    static final int QUEUES_MAX = 1_024;
    /** With a key there are hardly more; if there are, all messages are gone through. */
    private static final int KEYED_MAX = 256;

    private final Parts parts;
    private final Places places;
    private final TopicsAndGroups groups;

    Listing(Parts parts, Places places, TopicsAndGroups groups) {
        this.parts = parts;
        this.places = places;
        this.groups = groups;
    }

    /**
     * Where a list goes on. What became due since it was among what waits comes next, unless it was listed there.
     *
     * @param walked from which place of the log on, for what is due
     * @param waited behind which place, for what waits
     */
    private record Token(long walked, WaitingPlace waited) {
        private static final int RADIX = 36;

        /** @throws IllegalArgumentException when {@link #text} returns no such text */
        static Token parse(String text) {
            if (text.isEmpty()) {
                return new Token(0, WaitingPlace.START);
            }
            int comma = text.indexOf(',');
            if (!text.matches("[0-9a-z]{1,13},.*")) {
                throw new IllegalArgumentException(
                        "'" + text + "' is no place in a list: take it from the list before");
            }
            long walked = Long.parseLong(text, 0, comma, RADIX);
            String waited = text.substring(comma + 1);
            return new Token(walked, waited.isEmpty() ? WaitingPlace.START : WaitingPlace.parse(waited));
        }

        String text() {
            String place = waited.equals(WaitingPlace.START) ? "" : waited.text();
            return Long.toString(walked, RADIX) + "," + place;
        }

        boolean wasListed(Stored one) {
            return one.dueMs() <= waited.dueMs();
        }
    }

    /** What a page has so far. */
    private static final class Gathered {
        private final Search search;
        private final Token start;
        private final List<Stored> items = new ArrayList<>();
        private int looks;
        private long bytes;
        private long walked;

        Gathered(Search search, Token start) {
            this.search = search;
            this.start = start;
            walked = start.walked();
        }

        boolean isFull() {
            return items.size() == search.page().max() || looks >= LOOKS_MAX || bytes >= BYTES_MAX;
        }

        void addIfMatching(Stored one) {
            boolean isOfState = search.state() == null || one.state() == search.state();
            boolean isOfTime = one.dueMs() >= search.fromMs() && one.dueMs() < search.toMs();
            if (isOfState && isOfTime && hasKey(one) && !wasListed(one)) {
                items.add(one);
            }
        }

        /** What expired in the schedule never becomes what a group did not get. */
        private boolean wasListed(Stored one) {
            return search.state() != MessageState.EXPIRED && start.wasListed(one);
        }

        private boolean hasKey(Stored one) {
            String key = search.key();
            return key.isEmpty()
                    || key.equals(one.id())
                    || Arrays.asList(one.key().split(" ")).contains(key);
        }

        Found<Stored> upTo(WaitingPlace waited) {
            return new Found<>(items, new Token(walked, waited).text());
        }
    }

    /** Why this cannot be listed at all, or null. */
    @Nullable
    Refusal fault(Search search, Names names) {
        Refusal topic = search.topic().isEmpty() ? null : names.faultOfTopic(search.topic());
        Refusal group = search.group().isEmpty() ? null : names.faultOfGroup(search.group());
        return topic == null ? group : topic;
    }

    Answer<Found<Stored>> list(Search search) {
        Token token;
        try {
            token = Token.parse(search.page().token());
        } catch (IllegalArgumentException e) {
            return Answer.refused(new Invalid("page_token", String.valueOf(e.getMessage())));
        }
        if (!search.topic().isEmpty() && parts.topic(search.topic()) == null) {
            return TopicsAndGroups.noTopic(search.topic());
        }
        if (!search.group().isEmpty() && parts.groups().find(search.group()) == null) {
            return Answer.refused(new Missing(Missing.What.GROUP, search.group()));
        }
        return list(search, token);
    }

    private Answer<Found<Stored>> list(Search search, Token token) {
        Gathered found = new Gathered(search, token);
        boolean isOfSchedule = search.state() == MessageState.SCHEDULED || search.state() == MessageState.CANCELLED;
        if (!isOfSchedule) {
            List<Walk.Part> walked = parts(search, token.walked());
            if (walked.size() > QUEUES_MAX) {
                return Answer.refused(new OverLimit("listed_queues_max", QUEUES_MAX, walked.size()));
            }
            if (isCutShort(new Walk(walked), found)) {
                return Answer.of(found.upTo(token.waited()));
            }
        }
        return isOfSchedule || search.state() == null || search.state() == MessageState.EXPIRED
                ? Answer.of(withScheduled(found))
                : Answer.of(new Found<>(found.items, ""));
    }

    // ---- what is due

    private List<Walk.Part> parts(Search search, long from) {
        List<Walk.Part> all = new ArrayList<>();
        List<String> topics = search.topic().isEmpty() ? allTopics() : List.of(search.topic());
        for (String topic : topics) {
            if (all.size() <= QUEUES_MAX) {
                addParts(new Places.Wanted(search, topic, groups(search, topic), from), all);
            }
        }
        return all;
    }

    private List<String> allTopics() {
        return parts.topics().all().stream()
                .map(TopicState::config)
                .map(Topic::name)
                .filter(groups::isListed)
                .toList();
    }

    private Collection<String> groups(Search search, String topic) {
        return search.group().isEmpty() ? groups.namesOf(topic) : List.of(search.group());
    }

    private void addParts(Places.Wanted wanted, List<Walk.Part> to) {
        List<MemorySegment> keyed = wanted.search().key().isEmpty() ? null : keyed(wanted);
        if (keyed == null) {
            places.add(wanted, to);
        } else {
            to.add(new Walk.Known(
                    keyed,
                    wanted.walked(),
                    record -> places.judged(wanted, record),
                    Math.max(1, wanted.groups().size())));
        }
    }

    /** All messages of a topic with a key, by the index of keys; null when there may be more than it is asked for. */
    private @Nullable List<MemorySegment> keyed(Places.Wanted wanted) {
        String key = wanted.search().key();
        long fromMs = Math.max(0, wanted.search().fromMs());
        List<MemorySegment> all = new ArrayList<>(
                parts.log().findByKey(wanted.topic(), key, false, fromMs, Long.MAX_VALUE, KEYED_MAX, BYTES_MAX / 2));
        long bytes = all.stream().mapToLong(MemorySegment::byteSize).sum();
        boolean isAll = all.size() < KEYED_MAX
                && bytes + 2 * parts.config().get().messageSizeMax().bytes() < BYTES_MAX / 2;
        all.addAll(parts.log().findByKey(wanted.topic(), key, true, fromMs, Long.MAX_VALUE, 2));
        return isAll ? all : null;
    }

    /** Whether the page is full and there may be more. */
    private boolean isCutShort(Walk walk, Gathered found) {
        while (!found.isFull()) {
            Walk.Part at = walk.next();
            if (at == null) {
                return false;
            }
            look(at, found);
        }
        return true;
    }

    private void look(Walk.Part at, Gathered found) {
        found.walked = at.logOffset() + 1;
        found.looks += at.looks();
        found.bytes += at.size();
        MemorySegment record = parts.log().record(at.logOffset());
        Stored one = record == null ? null : at.judge(record);
        if (one != null) {
            found.addIfMatching(one);
        }
    }

    // ---- what waits

    private Found<Stored> withScheduled(Gathered found) {
        MessageState asked = found.search.state();
        MessageState state = asked == null ? MessageState.SCHEDULED : asked;
        WaitingPage page = page(found, state);
        page.found().forEach(one -> found.items.add(Lookup.waiting(one, state, null)));
        WaitingPlace next = page.next();
        return next == null ? new Found<>(found.items, "") : found.upTo(next);
    }

    private WaitingPage page(Gathered found, MessageState state) {
        Search of = found.search;
        WaitingPlace after = found.start.waited();
        int max = of.page().max() - found.items.size();
        Scheduler in = parts.scheduler();
        return switch (state) {
            case CANCELLED -> in.cancelled(of.topic(), of.key(), of.fromMs(), of.toMs(), after, max, LOOKS_MAX);
            case EXPIRED -> in.expired(of.topic(), of.key(), of.fromMs(), of.toMs(), after, max, LOOKS_MAX);
            default -> in.page(of.topic(), of.key(), of.fromMs(), of.toMs(), after, max, LOOKS_MAX);
        };
    }
}
