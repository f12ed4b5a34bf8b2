package io.carillon.rocketmq;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Settings that can be changed, each to any text but {@code bad}; notes who did. */
final class FakeSettings implements LiveSettings {
    final SortedMap<String, String> values = new TreeMap<>();
    final List<String> by = new ArrayList<>();

    FakeSettings(Map<String, String> values) {
        this.values.putAll(values);
    }

    @Override
    public SortedMap<String, String> inForce() {
        return values;
    }

    @Override
    public Outcome change(Map<String, String> wanted, String who) {
        SortedMap<String, String> faults = new TreeMap<>();
        wanted.forEach((key, text) -> {
            if (text.equals("bad")) {
                faults.put(key, "must be good");
            }
        });
        if (!faults.isEmpty()) {
            return new Outcome.Refused(faults);
        }
        values.putAll(wanted);
        by.add(who);
        return new Outcome.Changed();
    }
}
