package io.carillon.broker.filter;

import io.carillon.message.Subscription;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The language of tag subscriptions: {@code *}, or tags divided by {@code ||} (grammar: Apache RocketMQ). */
public final class TagExpression {
    private static final String OR = "||";

    private TagExpression() {}

    /** Reads an expression; empty when it names no tag. Hashes are taken from the tags, whatever a client claims. */
    public static Optional<Subscription> parse(String topic, String expression, long version) {
        if (expression.isEmpty() || expression.equals(Subscription.ALL)) {
            return Optional.of(
                    new Subscription(topic, Subscription.ALL, List.of(), Set.of(), version, Subscription.TAG));
        }
        List<String> tags = tags(expression);
        if (tags.isEmpty()) {
            return Optional.empty();
        }
        Set<Integer> hashes = new LinkedHashSet<>();
        tags.forEach(tag -> hashes.add(tag.hashCode()));
        return Optional.of(new Subscription(topic, expression, tags, hashes, version, Subscription.TAG));
    }

    private static List<String> tags(String expression) {
        List<String> tags = new ArrayList<>();
        int from = 0;
        while (from <= expression.length()) {
            int or = expression.indexOf(OR, from);
            int to = or < 0 ? expression.length() : or;
            String tag = expression.substring(from, to).strip();
            if (!tag.isEmpty()) {
                tags.add(tag);
            }
            from = to + OR.length();
        }
        return tags;
    }
}
