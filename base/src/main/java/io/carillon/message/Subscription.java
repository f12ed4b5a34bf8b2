package io.carillon.message;

import java.util.List;
import java.util.Set;

/**
 * What one group wants of one topic.
 *
 * @param expression as the client wrote it: {@code *}, {@code a || b}, or SQL92
 * @param tags the tags in it; empty for all
 * @param tagHashes {@link String#hashCode} of each tag, as stored in a consume queue's entry
 * @param version rises with each change; the client's clock in ms
 * @param type {@code TAG}, {@code SQL92}, or another language that is not spoken here
 */
public record Subscription(
        String topic, String expression, List<String> tags, Set<Integer> tagHashes, long version, String type) {

    public static final String TAG = "TAG";
    public static final String SQL92 = "SQL92";
    /** A class of the client's that the broker is to run: no broker of today does. */
    public static final String CLASS = "CLASS";

    public static final String ALL = "*";

    public Subscription {
        tags = List.copyOf(tags);
        tagHashes = Set.copyOf(tagHashes);
    }

    public boolean isByTag() {
        return type.isEmpty() || type.equals(TAG);
    }

    public boolean isForAll() {
        return isByTag() && (expression.isEmpty() || expression.equals(ALL) || tagHashes.isEmpty());
    }
}
