package io.carillon.broker.filter;

import io.carillon.message.Subscription;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * FACE: makes the filters of subscriptions. Any thread may call.
 *
 * <p>Expressions that were read before are remembered, for some clients send theirs with each pull. What is remembered
 * is bounded, whatever clients send: it is forgotten as a whole when it grows too large, and made anew when asked for.
 */
public final class Filters {
    static final int REMEMBERED_CHARS_MAX = 256 * 1024;

    private static final Outcome EVERYTHING = new Outcome.Ready(MessageFilter.ALL);

    private volatile boolean isByProperties;
    private final Map<String, Outcome> expressions = new ConcurrentHashMap<>();
    private final AtomicInteger rememberedChars = new AtomicInteger();

    /** @param isByProperties whether filters by properties are allowed */
    public Filters(boolean isByProperties) {
        this.isByProperties = isByProperties;
    }

    /** As the constructor says, from now on: whoever filters by properties is refused with its next request. */
    public void byProperties(boolean newIsByProperties) {
        isByProperties = newIsByProperties;
    }

    /** What became of an expression. */
    public sealed interface Outcome {
        record Ready(MessageFilter filter) implements Outcome {}

        /** @param error what is wrong in it, for the one who wrote it */
        record Bad(String error) implements Outcome {}

        /** Its language is not spoken here. */
        record Unsupported(String error) implements Outcome {}
    }

    /** @param type the language, see {@link Subscription#type} */
    public Outcome of(String expression, String type) {
        return switch (type) {
            case "", Subscription.TAG -> byTags(expression);
            case Subscription.SQL92 -> isByProperties ? byProperties(expression) : unsupported(type);
            default -> unsupported(type);
        };
    }

    /** Some clients send theirs with each pull, and nearly all of those want everything: that one is at hand. */
    private static Outcome byTags(String expression) {
        if (expression.equals(Subscription.ALL)) {
            return EVERYTHING;
        }
        Optional<Subscription> parsed = TagExpression.parse("", expression, 0);
        return parsed.isPresent()
                ? new Outcome.Ready(MessageFilter.of(TagFilter.of(parsed.get())))
                : new Outcome.Bad("parse the consumer's subscription failed");
    }

    private Outcome byProperties(String expression) {
        Outcome known = expressions.get(expression);
        return known != null ? known : read(expression);
    }

    private Outcome read(String expression) {
        return switch (SqlFilter.parse(expression)) {
            case SqlFilter.Parsed.Bad(String error) -> new Outcome.Bad(error);
            case SqlFilter.Parsed.Good(SqlFilter filter) -> remember(expression, MessageFilter.of(filter));
        };
    }

    private Outcome remember(String expression, MessageFilter filter) {
        if (rememberedChars.addAndGet(expression.length()) > REMEMBERED_CHARS_MAX) {
            rememberedChars.set(expression.length());
            expressions.clear();
        }
        Outcome ready = new Outcome.Ready(filter);
        expressions.put(expression, ready);
        return ready;
    }

    private static Outcome unsupported(String type) {
        return new Outcome.Unsupported("The broker does not support consumer to filter message by " + type);
    }
}
