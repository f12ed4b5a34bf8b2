package io.carillon.rocketmq;

import io.carillon.schedule.Ticket;
import io.carillon.schedule.Waiting;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How people name a message that waits. */
sealed interface WaitingName {
    /** The text of its ticket, {@code <hour>-<place>}: short enough to be copied, and never given to another message. */
    record Id(long ticket) implements WaitingName {
        @Override
        public String toString() {
            return text(ticket);
        }
    }

    /** Its topic, with its own key, its unique id, or one of its KEYS. */
    record Key(String topic, String key) implements WaitingName {
        @Override
        public String toString() {
            return "with key '" + key + "' of topic " + topic;
        }
    }

    Pattern ID = Pattern.compile("(\\d{1,9})-(\\d{1,10})");

    static String text(Waiting one) {
        return text(one.ticket());
    }

    private static String text(long ticket) {
        return Ticket.hour(ticket) + "-" + Ticket.place(ticket);
    }

    /** @throws IllegalArgumentException when it is no id: says what one looks like */
    static Id parse(String text) {
        Matcher id = ID.matcher(text.strip());
        long place = id.matches() ? Long.parseLong(id.group(2)) : -1;
        if (place < 0 || place > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no id of a message that waits, which looks like 486111-0");
        }
        return new Id(Ticket.of(Integer.parseInt(id.group(1)), (int) place));
    }
}
