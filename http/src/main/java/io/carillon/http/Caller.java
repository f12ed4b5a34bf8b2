package io.carillon.http;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Who asks, and what he may.
 *
 * @param name for logs and limits
 * @param topics names, each maybe with a {@code *} at its end for all that begin so
 */
public record Caller(String name, Set<Action> actions, List<String> topics) {
    /** Where nobody has to say who he is. */
    public static final Caller ANYBODY = new Caller("anybody", EnumSet.allOf(Action.class), List.of("*"));

    public Caller {
        actions = Set.copyOf(actions);
        topics = List.copyOf(topics);
    }

    /** @param topic empty for what is about no single topic: that takes the right for all */
    boolean may(Action action, String topic) {
        return actions.contains(action) && mayTouch(topic);
    }

    boolean mayTouch(String topic) {
        for (String pattern : topics) {
            boolean isPrefix = pattern.endsWith("*");
            String name = isPrefix ? pattern.substring(0, pattern.length() - 1) : pattern;
            if (isPrefix ? topic.startsWith(name) : topic.equals(name)) {
                return true;
            }
        }
        return false;
    }
}
