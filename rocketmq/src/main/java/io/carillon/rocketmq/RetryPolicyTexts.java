package io.carillon.rocketmq;

import io.carillon.broker.retry.RetryPolicies;
import io.carillon.broker.retry.RetryPolicy;
import io.carillon.message.ConsumerGroup;
import io.carillon.remoting.BadRequest;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the retry policies of groups out of the JSON that clients write. Each text is read once and remembered. Any
 * thread.
 *
 * <pre>
 * {"type":"CUSTOMIZED", "customizedRetryPolicy":{"next":[1000,5000,10000]}}
 * {"type":"EXPONENTIAL", "exponentialRetryPolicy":{"initial":5000,"max":7200000,"multiplier":2}}
 * </pre>
 */
final class RetryPolicyTexts implements RetryPolicies {
    /** Only administrators make new ones; more than this means that somebody makes very many. */
    private static final int REMEMBERED_MAX = 1000;

    private final Map<String, RetryPolicy> remembered = new ConcurrentHashMap<>();

    @Override
    public RetryPolicy of(ConsumerGroup group) {
        String text = group.retryPolicy();
        RetryPolicy known = remembered.get(text);
        if (known != null) {
            return known;
        }
        RetryPolicy read = readOrLevels(text);
        if (remembered.size() >= REMEMBERED_MAX) {
            remembered.clear();
        }
        remembered.put(text, read);
        return read;
    }

    /** A text from before it was checked must not keep messages from being tried again. */
    private static RetryPolicy readOrLevels(String text) {
        try {
            return read(text);
        } catch (BadRequest _) {
            return RetryPolicy.LEVELS;
        }
    }

    /**
     * Reads a policy. One that says nothing of its own means the classic levels.
     *
     * @throws BadRequest when it is not a policy: says what is wrong
     */
    static RetryPolicy read(String text) {
        try {
            JsonFields json = JsonFields.parse(text.getBytes(StandardCharsets.UTF_8), "groupRetryPolicy");
            return switch (json.text("type", "CUSTOMIZED")) {
                case "CUSTOMIZED" -> customized(json.object("customizedRetryPolicy"));
                case "EXPONENTIAL" -> exponential(json.object("exponentialRetryPolicy"));
                case String other ->
                    throw TopicHandler.invalid(
                            "groupRetryPolicy: type is CUSTOMIZED or EXPONENTIAL, not " + JsonFields.cut(other));
            };
        } catch (IllegalArgumentException e) {
            throw TopicHandler.invalid("groupRetryPolicy: " + e.getMessage());
        }
    }

    private static RetryPolicy customized(@Nullable JsonFields json) {
        return json == null || !json.has("next")
                ? RetryPolicy.LEVELS
                : new RetryPolicy.Intervals(json.longNumbers("next"));
    }

    private static RetryPolicy exponential(@Nullable JsonFields json) {
        return json == null
                ? RetryPolicy.LEVELS
                : new RetryPolicy.Exponential(
                        json.longNumber("initial", 5_000),
                        json.longNumber("max", 7_200_000),
                        json.longNumber("multiplier", 2));
    }
}
