package io.carillon.base.delayqueue;

import java.util.List;

/**
 * A part of a list.
 *
 * @param next where the next part begins; empty when there is none
 */
public record Found<T>(List<T> items, String next) {
    public Found {
        items = List.copyOf(items);
    }
}
