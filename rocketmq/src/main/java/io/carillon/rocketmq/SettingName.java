package io.carillon.rocketmq;

import java.util.function.UnaryOperator;

/**
 * A setting under the name by which RocketMQ's tools know it.
 *
 * @param key of the server's own configuration
 * @param form how the tools write it, for people; empty where that is the same
 * @param toOurs makes the configuration's text of the text that the tools write; throws IllegalArgumentException, saying
 *     what was expected, when that is none
 */
record SettingName(String name, String key, String form, UnaryOperator<String> toOurs) {
    /** Written alike by both. */
    static SettingName same(String name, String key) {
        return new SettingName(name, key, "", text -> text);
    }

    /** A whole number of some unit in the tools' text. */
    static SettingName counted(String name, String key, String unit) {
        return new SettingName(name, key, "a number of " + unit, text -> whole(text) + unit);
    }

    /** True in the tools' text where ours says false. */
    static SettingName negated(String name, String key) {
        return new SettingName(name, key, "the opposite", SettingName::negation);
    }

    private static long whole(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("takes a whole number, not '" + text + "'", e);
        }
    }

    private static String negation(String text) {
        return switch (text) {
            case "true" -> "false";
            case "false" -> "true";
            default -> throw new IllegalArgumentException("takes true or false, not '" + text + "'");
        };
    }
}
