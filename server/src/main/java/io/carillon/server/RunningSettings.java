package io.carillon.server;

import io.carillon.base.CarillonException.BadConfig;
import io.carillon.rocketmq.LiveSettings;
import io.carillon.rocketmq.LiveSettings.Outcome;
import io.carillon.server.Changeable.Owner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings of a running process, and how they are changed: checked, stored, put in force, and noted in the log with
 * who did it. One change at a time; any thread may look.
 */
final class RunningSettings {
    private static final Logger LOG = LoggerFactory.getLogger(RunningSettings.class);

    private final Function<Owner, SettingsFile> files;
    private volatile Settings settings;

    /** @param files asked when something is changed, so that a process that never is makes no folder for it */
    RunningSettings(Settings settings, Function<Owner, SettingsFile> files) {
        this.settings = settings;
        this.files = files;
    }

    /** All that is in force now. */
    ServerConfig config() {
        return (ServerConfig) settings.build();
    }

    /** @param apply puts what is in the configuration in force, of what belongs to this owner */
    LiveSettings of(Owner owner, Consumer<ServerConfig> apply) {
        return new LiveSettings() {
            @Override
            public SortedMap<String, String> inForce() {
                return shown(owner);
            }

            @Override
            public Outcome change(Map<String, String> wanted, String by) {
                return RunningSettings.this.change(owner, apply, wanted, by);
            }
        };
    }

    private SortedMap<String, String> shown(Owner owner) {
        SortedMap<String, String> all = new TreeMap<>();
        Settings now = settings;
        Changeable.all().values().stream()
                .filter(one -> one.owner() == owner)
                .forEach(one ->
                        all.put(one.key(), SettingText.show(now.get(one.key()).value())));
        return all;
    }

    private synchronized Outcome change(
            Owner owner, Consumer<ServerConfig> apply, Map<String, String> wanted, String by) {
        Settings next = settings.copy();
        SortedMap<String, String> faults = new TreeMap<>();
        List<Setting> changes = new ArrayList<>();
        wanted.forEach((key, text) -> {
            try {
                Setting changed = changed(owner, key, text);
                if (!changed.value().equals(settings.get(key).value())) {
                    next.set(changed);
                    changes.add(changed);
                }
            } catch (IllegalArgumentException e) {
                faults.put(key, String.valueOf(e.getMessage()));
            }
        });
        if (!faults.isEmpty()) {
            return new Outcome.Refused(faults);
        }
        return changes.isEmpty() ? new Outcome.Changed() : store(owner, apply, next, changes, by);
    }

    private Setting changed(Owner owner, String key, String text) {
        Changeable changeable = Changeable.of(key);
        if (changeable == null || changeable.owner() != owner) {
            throw new IllegalArgumentException("is set when the server starts");
        }
        Setting setting = settings.get(key);
        Object value = changeable.parse(setting, text);
        if (setting.isPinned() && !setting.value().equals(value)) {
            throw new IllegalArgumentException("was set by " + setting.origin()
                    + ", which would hold again after the next start: start the server without that to change it here");
        }
        return setting.changedTo(value);
    }

    private Outcome store(Owner owner, Consumer<ServerConfig> apply, Settings next, List<Setting> changes, String by) {
        ServerConfig config;
        try {
            config = (ServerConfig) next.build();
        } catch (BadConfig e) {
            return new Outcome.Refused(new TreeMap<>(Map.of("", String.valueOf(e.getMessage()))));
        }
        SortedMap<String, String> stored = new TreeMap<>();
        for (Setting setting : next.all()) {
            Changeable changeable = Changeable.of(setting.key());
            if (changeable != null && changeable.owner() == owner && setting.changed() != null) {
                stored.put(setting.key(), SettingText.show(setting.changed()));
            }
        }
        files.apply(owner).write(stored);
        for (Setting change : changes) {
            LOG.info(
                    "setting changed by={} key={} from={} to={}",
                    by,
                    change.key(),
                    SettingText.show(settings.get(change.key()).value()),
                    SettingText.show(change.value()));
        }
        settings = next;
        apply.accept(config);
        return new Outcome.Changed();
    }
}
