package io.carillon.server;

import io.carillon.base.ByteSize;
import io.carillon.base.Secret;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The text form of a setting's value: how each type is read from a file, and shown again. */
final class SettingText {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,15})\\s*(ms|s|m|h|d)");

    private SettingText() {}

    /** Whether a component of this type is a value rather than a section of its own. */
    static boolean isValue(Class<?> type) {
        return !type.isRecord() || type == ByteSize.class || type == HostPort.class || type == Peer.class;
    }

    /** @throws IllegalArgumentException when the text is none of the type's values, saying what is */
    static Object parse(Type type, String text) {
        if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
            return parseList(list.getActualTypeArguments()[0], text);
        }
        return parseOne((Class<?>) type, text.strip());
    }

    private static List<Object> parseList(Type of, String text) {
        return Arrays.stream(text.split("[;,]"))
                .filter(part -> !part.isBlank())
                .map(part -> parse(of, part))
                .toList();
    }

    private static Object parseOne(Class<?> type, String text) {
        if (type == String.class) {
            return text;
        }
        if (type == boolean.class) {
            return parseBoolean(text);
        }
        if (type == int.class || type == long.class) {
            return parseNumber(type, text);
        }
        if (type == Duration.class) {
            return parseDuration(text);
        }
        if (type == ByteSize.class) {
            return ByteSize.parse(text);
        }
        if (type == HostPort.class) {
            return HostPort.parse(text);
        }
        if (type == Peer.class) {
            return Peer.parse(text);
        }
        if (type == Secret.class) {
            return Secret.of(text);
        }
        if (type == Path.class) {
            return Path.of(text);
        }
        if (type.isEnum()) {
            return parseEnum(type, text);
        }
        throw new IllegalStateException("no setting can be of " + type);
    }

    private static Boolean parseBoolean(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> throw new IllegalArgumentException("not true or false: '" + text + "'");
        };
    }

    private static Object parseNumber(Class<?> type, String text) {
        try {
            if (type == int.class) {
                return Integer.parseInt(text.replace("_", ""));
            }
            return Long.parseLong(text.replace("_", ""));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a whole number: '" + text + "'", e);
        }
    }

    private static Duration parseDuration(String text) {
        Matcher matcher = DURATION.matcher(text.toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "not a duration: '" + text + "', write for example 500ms, 30s, 10m, 72h or 3d");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    private static Object parseEnum(Class<?> type, String text) {
        for (Object constant : type.getEnumConstants()) {
            if (show(constant).equals(text.toLowerCase(Locale.ROOT))) {
                return constant;
            }
        }
        throw new IllegalArgumentException("not one of " + choices(type) + ": '" + text + "'");
    }

    /** The values of an enum as they are written, such as {@code sync, async}. */
    static String choices(Class<?> type) {
        return Arrays.stream(type.getEnumConstants()).map(SettingText::show).collect(Collectors.joining(", "));
    }

    /** The form that {@link #parse} reads back as the same value. */
    static String show(Object value) {
        return switch (value) {
            case Duration duration -> showDuration(duration);
            case Enum<?> constant -> constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
            case List<?> list -> list.stream().map(SettingText::show).collect(Collectors.joining(";"));
            default -> value.toString();
        };
    }

    private static String showDuration(Duration duration) {
        long ms = duration.toMillis();
        if (ms == 0 || ms % 1000 != 0) {
            return ms + "ms";
        }
        if (ms % 60_000 != 0) {
            return ms / 1000 + "s";
        }
        return ms % 3_600_000 != 0 ? ms / 60_000 + "m" : ms / 3_600_000 + "h";
    }
}
