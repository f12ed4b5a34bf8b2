package io.carillon.rocketmq;

import io.carillon.remoting.BadRequest;
import io.carillon.remoting.ResponseCode;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Changes of a topic's or group's attributes as clients write them: {@code +name=value} sets, {@code -name} removes. */
final class Attributes {
    private static final Set<String> OF_TOPICS = Set.of(
            "message.type",
            "cleanup.policy",
            "queue.type",
            "reserve.time",
            "lite.topic.expiration",
            "max.message.size");
    private static final Set<String> NUMBERS = Set.of("reserve.time", "lite.topic.expiration", "max.message.size");
    private static final Set<String> MESSAGE_TYPES =
            Set.of("UNSPECIFIED", "NORMAL", "FIFO", "DELAY", "TRANSACTION", "PRIORITY", "LITE", "MIXED");

    private Attributes() {}

    /** Reads {@code +a=1,+b=2,-c}; a name that is neither set nor removed is a fault. */
    static Map<String, String> parse(String text) {
        Map<String, String> changes = new LinkedHashMap<>();
        for (String part : text.split(",", -1)) {
            String change = part.strip();
            int equals = change.indexOf('=');
            if (change.isEmpty()) {
                continue;
            }
            if (change.startsWith("+") && equals > 1) {
                changes.put(change.substring(0, equals), change.substring(equals + 1));
            } else if (change.startsWith("-") && change.length() > 1) {
                changes.put(change, "");
            } else {
                throw invalid("attribute '" + change + "': write +name=value or -name");
            }
        }
        return changes;
    }

    /** The attributes after these changes; a name without sign is set, too. */
    static Map<String, String> change(Map<String, String> before, Map<String, String> changes) {
        Map<String, String> after = new HashMap<>(before);
        changes.forEach((name, value) -> {
            if (name.startsWith("-")) {
                after.remove(name.substring(1));
            } else {
                after.put(name.startsWith("+") ? name.substring(1) : name, value);
            }
        });
        return after;
    }

    /** Refuses what a topic cannot have. */
    static Map<String, String> checkTopic(Map<String, String> attributes) {
        attributes.forEach((name, value) -> {
            if (!OF_TOPICS.contains(name)) {
                throw invalid("unsupported key: " + name + ", a topic has "
                        + OF_TOPICS.stream().sorted().toList());
            }
            checkValue(name, value);
        });
        return attributes;
    }

    private static void checkValue(String name, String value) {
        if (name.equals("message.type")) {
            checkOneOf(name, value, MESSAGE_TYPES);
        } else if (name.equals("cleanup.policy")) {
            checkSupported(name, value, "DELETE", "COMPACTION");
        } else if (name.equals("queue.type")) {
            checkOneOf(name, value, Set.of("SimpleCQ", "BatchCQ"));
        } else if (NUMBERS.contains(name)) {
            checkNumber(name, value);
        }
    }

    private static void checkOneOf(String name, String value, Set<String> allowed) {
        if (!allowed.contains(value)) {
            throw invalid("value is not in set: " + value + ", " + name + " is one of "
                    + allowed.stream().sorted().toList());
        }
    }

    private static void checkSupported(String name, String value, String supported, String unsupported) {
        checkOneOf(name, value, Set.of(supported, unsupported));
        if (value.equals(unsupported)) {
            throw invalid(name + "=" + value + " is not supported, only " + supported);
        }
    }

    /** A whole number from -1, which stands for no limit. */
    private static void checkNumber(String name, String value) {
        try {
            if (Long.parseLong(value) >= -1) {
                return;
            }
        } catch (NumberFormatException _) { // said below, as for a number that is too small
        }
        throw invalid("value is not a whole number from -1 on: " + value + ", of " + name);
    }

    private static BadRequest invalid(String fault) {
        return new BadRequest(ResponseCode.INVALID_PARAMETER, fault);
    }
}
