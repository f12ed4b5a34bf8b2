package io.carillon.broker.metadata;

import io.carillon.log.Refusal;
import java.util.ArrayList;
import java.util.List;

/** Remembers what a change was told. */
final class Told implements Change {
    static final String YES = "yes";
    final List<String> all = new ArrayList<>();

    @Override
    public void done(Refusal refusal) {
        all.add(refusal == null ? YES : refusal.name());
    }
}
