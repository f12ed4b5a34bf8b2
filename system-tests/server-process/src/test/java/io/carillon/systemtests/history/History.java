package io.carillon.systemtests.history;

import java.util.ArrayList;
import java.util.List;

/** What all clients of a run saw, in one order. An event is added before a request is sent and after an answer is read. */
final class History {
    private final List<Event> events = new ArrayList<>();

    synchronized void add(Event event) {
        events.add(event);
    }

    synchronized List<Event> events() {
        return List.copyOf(events);
    }

    /** How many attempts were acknowledged so far. */
    synchronized long ackedCount() {
        return events.stream().filter(Event.Acked.class::isInstance).count();
    }
}
