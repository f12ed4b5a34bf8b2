package io.carillon.broker.filter;

import io.carillon.message.Subscription;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which messages a subscription wants, told by the tag hash in a consume queue's entry alone. Two tags may share a
 * hash, so it lets too much through at times; clients compare the tags themselves again. Unchanging.
 */
public final class TagFilter {
    public static final TagFilter ALL = new TagFilter(true, new long[0]);
    /** Up to here a scan of a few longs that share a cache line beats a search. */
    private static final int SCAN_MAX = 8;

    private final boolean isForAll;
    private final long[] hashes;

    private TagFilter(boolean isForAll, long[] hashes) {
        this.isForAll = isForAll;
        this.hashes = hashes;
    }

    /** The filter of a subscription by tags. */
    public static TagFilter of(Subscription subscription) {
        if (subscription.isForAll()) {
            return ALL;
        }
        long[] hashes = subscription.tagHashes().stream()
                .mapToLong(Integer::longValue)
                .sorted()
                .toArray();
        return new TagFilter(false, hashes);
    }

    public boolean isForAll() {
        return isForAll;
    }

    public boolean matches(long tagsCode) {
        if (isForAll) {
            return true;
        }
        return hashes.length <= SCAN_MAX ? isAmong(tagsCode) : Arrays.binarySearch(hashes, tagsCode) >= 0;
    }

    /** Whether both let the same tags through. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TagFilter filter && isForAll == filter.isForAll && Arrays.equals(hashes, filter.hashes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(hashes);
    }

    private boolean isAmong(long tagsCode) {
        for (long hash : hashes) {
            if (hash == tagsCode) {
                return true;
            }
        }
        return false;
    }
}
