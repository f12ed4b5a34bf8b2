package io.carillon.replication;

import io.carillon.base.Ticker;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What the members of a group told of themselves last. Any thread. */
final class Roster {
    private static final long ANSWER_MS = 1000;
    /** Who answered within this time is taken to be there. */
    static final long RECENT_MS = 3 * ANSWER_MS;

    private final String self;
    private final long birth;
    private final GroupLine line;
    private final Ticker ticker;
    private final Map<String, Heard> heard = new ConcurrentHashMap<>();

    /** What one told, and when. */
    private record Heard(Questions.Told told, long atNs) {}

    /** @param birth differs for every start of this one with an empty data folder; 0 when it has something */
    Roster(String self, long birth, GroupLine line, Ticker ticker) {
        this.self = self;
        this.birth = birth;
        this.line = line;
        this.ticker = ticker;
    }

    /** Asks a member for its status; the future tells null when it does not answer. */
    CompletableFuture<Questions.@Nullable Told> asking(String address) {
        return line.ask(address, Questions.of(Questions.STATUS, self, birth), ANSWER_MS)
                .handle((answer, fault) -> fault == null ? noted(address, Questions.Told.of(answer)) : null);
    }

    private Questions.Told noted(String address, Questions.Told told) {
        heard.put(address, new Heard(told, ticker.nanoTime()));
        return told;
    }

    /** Asks a member for its status and waits for that, a second at most; null when it does not answer. */
    Questions.@Nullable Told ask(String address) {
        return await(asking(address));
    }

    /** What comes within some seconds, or null. */
    static <T> @Nullable T await(CompletableFuture<T> answer) {
        try {
            return answer.get(2 * ANSWER_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (ExecutionException | TimeoutException e) {
            return null;
        }
    }

    boolean isAnswering(String address) {
        return address.equals(self) || ask(address) != null;
    }

    /** A member as it told itself last. */
    MemberStatus member(String address, boolean isVoter, int priority) {
        Heard last = heard.get(address);
        return last == null
                ? new MemberStatus(address, isVoter, priority, null, -1, -1, -1, -1, -1, -1)
                : MemberStatus.of(
                        address,
                        isVoter,
                        priority,
                        last.told(),
                        TimeUnit.NANOSECONDS.toMillis(ticker.nanoTime() - last.atNs()));
    }
}
