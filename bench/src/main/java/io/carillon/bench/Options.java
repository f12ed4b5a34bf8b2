package io.carillon.bench;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The options of a command: {@code --name value}, or {@code --name} alone for those named as flags. */
final class Options {
    private final Map<String, String> values;

    private Options(Map<String, String> values) {
        this.values = values;
    }

    /** Refuses what is in neither set. */
    static Options parse(String[] args, int from, Set<String> withValue, Set<String> flags) {
        var values = new HashMap<String, String>();
        for (int i = from; i < args.length; i++) {
            String name = args[i].startsWith("--") ? args[i].substring(2) : "";
            if (flags.contains(name)) {
                values.put(name, "true");
            } else if (!withValue.contains(name)) {
                throw new IllegalArgumentException("unknown option: " + args[i]);
            } else if (++i == args.length) {
                throw new IllegalArgumentException("--" + name + " wants a value");
            } else {
                values.put(name, args[i]);
            }
        }
        return new Options(values);
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name));
    }

    String text(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    int number(String name, int otherwise) {
        return text(name).map(Integer::parseInt).orElse(otherwise);
    }

    /** Reads {@code 15s}, {@code 250ms}, {@code 2m}, {@code 3h}, {@code 7d} or plain seconds. */
    Duration duration(String name, Duration otherwise) {
        return text(name).map(Options::duration).orElse(otherwise);
    }

    static Duration duration(String text) {
        String number = text.replaceAll("[a-z]+$", "");
        long amount = Long.parseLong(number);
        return switch (text.substring(number.length())) {
            case "ms" -> Duration.ofMillis(amount);
            case "s", "" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            case "d" -> Duration.ofDays(amount);
            default -> throw new IllegalArgumentException("not a duration: " + text);
        };
    }
}
