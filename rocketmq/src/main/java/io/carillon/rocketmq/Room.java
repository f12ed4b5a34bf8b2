package io.carillon.rocketmq;

import io.carillon.base.Counters;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ResponseCode;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/**
 * Room for so many things at a time. Whoever finds none is answered with code 2, and counted under the name of that
 * reason, which begins with {@link #COUNTED}. Any thread may call.
 */
final class Room {
    /** How the names of the counters of all refusals with code 2 begin. */
    static final String COUNTED = "busy_";

    static final int MAX = 256;

    private final int max;
    private final String what;
    private final Semaphore free;
    private final LongAdder refused;

    /**
     * @param name of the counter: several rooms may share one
     * @param what goes on in it, for people: follows a number
     */
    Room(Counters counters, String name, String what, int max) {
        this.max = max;
        this.what = what;
        free = new Semaphore(max);
        refused = counters.counter(COUNTED + name);
    }

    static Room ofAdmin(Counters counters) {
        return new Room(counters, "admin_requests", "admin requests are being served", MAX);
    }

    static Room ofQuestions(Counters counters) {
        return new Room(counters, "consumer_questions", "questions wait for consumers to answer", MAX);
    }

    static Room ofSentBack(Counters counters) {
        return new Room(counters, "sent_back_messages", "messages that were sent back are being stored", MAX);
    }

    static Room ofSurveys(Counters counters, int max) {
        return new Room(
                counters, "schedule_surveys", "requests that look through waiting messages are being served", max);
    }

    static Room ofCopies(Counters counters, int max) {
        return new Room(counters, "copied_parts", "parts of copies of the log are being read", max);
    }

    /** Takes a place; when there is none, {@link #full} is the answer. */
    boolean enter() {
        return free.tryAcquire();
    }

    void leave() {
        free.release();
    }

    /** What to answer when there was no place; counts it. */
    Reply full() {
        refused.increment();
        return Reply.of(ResponseCode.SYSTEM_BUSY, max + " " + what + ", try again");
    }
}
