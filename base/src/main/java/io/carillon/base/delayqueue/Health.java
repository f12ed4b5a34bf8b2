package io.carillon.base.delayqueue;

import java.util.List;

/**
 * Whether an engine serves.
 *
 * @param isReady whether it takes and hands out messages now
 */
public record Health(boolean isReady, List<Part> parts) {
    public Health {
        parts = List.copyOf(parts);
    }

    /**
     * @param name such as {@code log} or {@code redis}
     * @param detail what is wrong, or a figure; no secrets, no addresses
     */
    public record Part(String name, boolean isUp, String detail) {}
}
