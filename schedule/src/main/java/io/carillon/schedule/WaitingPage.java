package io.carillon.schedule;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of what waits.
 *
 * @param next behind which place the next part begins; null when there is none
 */
public record WaitingPage(List<Waiting> found, @Nullable WaitingPlace next) {
    public WaitingPage {
        found = List.copyOf(found);
    }
}
