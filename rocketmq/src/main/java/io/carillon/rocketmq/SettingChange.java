package io.carillon.rocketmq;

import io.carillon.base.CarillonException.StorageFault;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.ResponseCode;
import java.io.IOException;
import java.io.StringReader;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One request that a server's settings be changed: properties text with our keys or the names of RocketMQ's tools, all of
 * which is done or nothing. A name with the value that it has already is no change; one that only tunes a mechanism of
 * Apache's is taken without effect, and said to be; any other that may not be changed is refused by name. So no setting
 * that names a path or a command can ever be set by a client.
 */
final class SettingChange {
    private static final Logger LOG = System.getLogger(SettingChange.class.getName());

    /** More than all settings together are long. */
    private static final int BODY_BYTES_MAX = 64 << 10;

    private final SettingNames names;
    private final Map<String, String> shown;
    private final LiveSettings settings;
    /** The keys of what can be changed. */
    private final Set<String> changeable;

    private final List<String> refused = new ArrayList<>();
    private final List<String> withoutEffect = new ArrayList<>();
    /** Text by key, and the name under which it was asked for. */
    private final SortedMap<String, String> wanted = new TreeMap<>();

    private final Map<String, String> askedAs = new TreeMap<>();
    private boolean isForbidden;

    /** @param shown what is in force by the names that are shown to tools, which may be more than can be changed */
    SettingChange(SettingNames names, Map<String, String> shown, LiveSettings settings) {
        this.names = names;
        this.shown = shown;
        this.settings = settings;
        this.changeable = settings.inForce().keySet();
    }

    /** Who sent a request and from where. */
    static String senderOf(Request request) {
        var user = Session.userOf(request.connection());
        return (user == null ? "anybody" : user.name()) + " at "
                + request.connection().remoteAddress();
    }

    /** Does what a request's body asks for. May wait for the disk. */
    Reply reply(byte[] body, String by) {
        Properties all = parse(body);
        for (String name : new TreeSet<>(all.stringPropertyNames())) {
            read(name, all.getProperty(name).strip());
        }
        if (!refused.isEmpty()) {
            return notAllowed();
        }
        if (wanted.isEmpty()) {
            return done();
        }
        try {
            return switch (settings.change(wanted, by)) {
                case LiveSettings.Outcome.Changed() -> done();
                case LiveSettings.Outcome.Refused(var faults) -> invalid(faults);
            };
        } catch (StorageFault fault) {
            LOG.log(Level.WARNING, "a change of settings could not be stored", fault);
            return Reply.of(
                    ResponseCode.SYSTEM_ERROR,
                    "the change is not in force, and the next start may find it or not, for it could not be stored: "
                            + fault.getMessage());
        }
    }

    private static Properties parse(byte[] body) {
        if (body.length > BODY_BYTES_MAX) {
            throw new BadRequest(
                    "the body has " + body.length + " bytes, settings have " + BODY_BYTES_MAX + " at most");
        }
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(new String(body, StandardCharsets.UTF_8)));
        } catch (IOException | IllegalArgumentException e) {
            throw new BadRequest("the body is not properties text: " + e.getMessage());
        }
        return properties;
    }

    private void read(String name, String text) {
        String key = keyOf(name);
        if (names.forbidden().contains(name)) {
            isForbidden = true;
            refused.add(name + " is not for clients");
        } else if (text.equals(shown.get(name))) {
            return;
        } else if (changeable.contains(key)) {
            want(name, key, text);
        } else if (names.tuning().contains(name)) {
            withoutEffect.add(name);
        } else if (shown.containsKey(name)) {
            refused.add(name + " is " + shown.get(name) + ", which is set when the server starts");
        } else {
            refused.add(name + " is no setting that can be changed here");
        }
    }

    private String keyOf(String name) {
        SettingName translated = names.translated().get(name);
        return translated == null ? name : translated.key();
    }

    private void want(String name, String key, String text) {
        try {
            SettingName translated = names.translated().get(name);
            String ours = translated == null ? text : translated.toOurs().apply(text);
            String before = wanted.put(key, ours);
            String other = askedAs.put(key, name);
            if (before != null && !before.equals(ours)) {
                refused.add(name + " and " + other + " are the same setting, and want different values");
            }
        } catch (IllegalArgumentException e) {
            refused.add(name + " " + e.getMessage());
        }
    }

    private Reply notAllowed() {
        // Apache's words, which its users may look for.
        String begin = isForbidden ? "Can not update config in black list. " : "";
        return Reply.of(
                ResponseCode.NO_PERMISSION,
                begin + "nothing was changed: " + String.join("; ", refused)
                        + ". What can be changed while the server runs: "
                        + String.join(", ", changeable));
    }

    private Reply invalid(SortedMap<String, String> faults) {
        List<String> sentences = new ArrayList<>();
        faults.forEach((key, fault) -> sentences.add(key.isEmpty() ? fault : shownAs(key) + " " + fault));
        return Reply.of(ResponseCode.INVALID_PARAMETER, "nothing was changed: " + String.join("; ", sentences));
    }

    private String shownAs(String key) {
        String name = Objects.requireNonNullElse(askedAs.get(key), key);
        return name.equals(key) ? key : name + " (here " + key + ")";
    }

    private Reply done() {
        return withoutEffect.isEmpty()
                ? Reply.ok()
                : Reply.of(
                        ResponseCode.SUCCESS,
                        "without effect, for they tune what only Apache's servers have: "
                                + String.join(", ", withoutEffect));
    }
}
