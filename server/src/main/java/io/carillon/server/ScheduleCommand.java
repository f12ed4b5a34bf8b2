package io.carillon.server;

import static io.carillon.server.ScheduleOption.AFTER;
import static io.carillon.server.ScheduleOption.BODY;
import static io.carillon.server.ScheduleOption.BY;
import static io.carillon.server.ScheduleOption.DUE;
import static io.carillon.server.ScheduleOption.FROM;
import static io.carillon.server.ScheduleOption.IN;
import static io.carillon.server.ScheduleOption.KEY;
import static io.carillon.server.ScheduleOption.MAX;
import static io.carillon.server.ScheduleOption.TOPIC;
import static io.carillon.server.ScheduleOption.UNTIL;

import io.carillon.remoting.RequestCode;
import java.util.EnumSet;
import java.util.Set;

/** What can be asked about messages that wait, one request to a broker each. */
enum ScheduleCommand {
    LIST("list", RequestCode.SCHEDULE_LIST, "", "list what waits, in the order in which it is due"),
    SHOW("show", RequestCode.SCHEDULE_SHOW, "ID", "show all about one message but its body"),
    CANCEL("cancel", RequestCode.SCHEDULE_CANCEL, "ID", "cancel a message: it is never delivered"),
    RESCHEDULE("reschedule", RequestCode.SCHEDULE_RESCHEDULE, "ID", "let a message be due at another time"),
    FIRE_NOW("fire-now", RequestCode.SCHEDULE_DELIVER_NOW, "ID", "deliver a message now"),
    HISTOGRAM("histogram", RequestCode.SCHEDULE_HISTOGRAM, "", "count what waits by minute, hour or day"),
    PAUSE("pause", RequestCode.SCHEDULE_PAUSE, "TOPIC", "keep what is due for a topic until it is resumed"),
    RESUME("resume", RequestCode.SCHEDULE_RESUME, "TOPIC", "deliver to a paused topic again"),
    STATS("stats", RequestCode.SCHEDULE_STATS, "", "show totals, how late messages were, and counters");

    private final String word;
    private final int code;
    private final String operand;
    private final String help;

    ScheduleCommand(String word, int code, String operand, String help) {
        this.word = word;
        this.code = code;
        this.operand = operand;
        this.help = help;
    }

    static ScheduleCommand of(String word) {
        for (ScheduleCommand one : values()) {
            if (one.word.equals(word)) {
                return one;
            }
        }
        throw new IllegalArgumentException("no command about the schedule is called " + word);
    }

    String word() {
        return word;
    }

    /** The request's code. */
    int code() {
        return code;
    }

    /** What it takes besides options; empty for nothing. */
    String operand() {
        return operand;
    }

    String help() {
        return help;
    }

    Set<ScheduleOption> options() {
        Set<ScheduleOption> all = EnumSet.of(ScheduleOption.BROKER, ScheduleOption.ZONE, ScheduleOption.JSON);
        all.addAll(ownOptions());
        return all;
    }

    private Set<ScheduleOption> ownOptions() {
        return switch (this) {
            case LIST -> EnumSet.of(TOPIC, KEY, FROM, UNTIL, MAX, AFTER);
            case SHOW -> EnumSet.of(TOPIC, KEY, BODY);
            case CANCEL, FIRE_NOW -> EnumSet.of(TOPIC, KEY);
            case RESCHEDULE -> EnumSet.of(TOPIC, KEY, DUE, IN);
            case HISTOGRAM -> EnumSet.of(BY, FROM, UNTIL);
            case PAUSE, RESUME, STATS -> EnumSet.noneOf(ScheduleOption.class);
        };
    }

    /** Whether it is about one message. */
    boolean namesMessage() {
        return operand.equals("ID");
    }

    /** Whether it changes something, rather than ask. */
    boolean isOrder() {
        return switch (this) {
            case CANCEL, RESCHEDULE, FIRE_NOW, PAUSE, RESUME -> true;
            case LIST, SHOW, HISTOGRAM, STATS -> false;
        };
    }
}
