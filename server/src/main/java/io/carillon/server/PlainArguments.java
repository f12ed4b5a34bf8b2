package io.carillon.server;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the command lines that start a server, when there is nothing about them to explain. The command line library is
 * asked for everything else (help, mistakes, other commands): loading it takes a tenth of a whole start.
 */
final class PlainArguments {
    private final Role role;
    private final Deque<String> left;
    private final List<ConfigReader.FlagValue> settings = new ArrayList<>();
    private @Nullable Path file;

    private PlainArguments(Role role, Deque<String> left) {
        this.role = role;
        this.left = left;
    }

    /** What these arguments say, or null when the library must look at them. */
    static CommandLines.@Nullable Said read(String... args) {
        for (Role role : Role.values()) {
            if (args.length > 0 && role.command().equals(args[0])) {
                Deque<String> left = new ArrayDeque<>(Arrays.asList(args).subList(1, args.length));
                return new PlainArguments(role, left).read();
            }
        }
        return null;
    }

    private CommandLines.@Nullable Said read() {
        while (!left.isEmpty()) {
            if (!take(left.pop())) {
                return null;
            }
        }
        return new CommandLines.Said(role.command(), file, settings);
    }

    private boolean take(String word) {
        int equals = word.indexOf('=');
        String name = equals < 0 ? word : word.substring(0, equals);
        Flag flag = flag(name);
        if (flag != null && flag.valueLabel().isEmpty()) {
            settings.add(new ConfigReader.FlagValue(name, flag.key(), "true"));
            return equals < 0 && isNew(flag.key());
        }
        if (flag == null && !name.equals(CommandLines.FILE_FLAG) && !name.equals(CommandLines.SET_FLAG)) {
            return false;
        }
        String value = equals >= 0 ? word.substring(equals + 1) : left.poll();
        return value != null && !value.isEmpty() && !value.startsWith("-") && take(name, flag, value);
    }

    private boolean take(String name, @Nullable Flag flag, String value) {
        if (flag != null) {
            settings.add(new ConfigReader.FlagValue(name, flag.key(), value));
            return isNew(flag.key());
        }
        if (name.equals(CommandLines.SET_FLAG)) {
            return value.indexOf('=') > 0 && settings.add(CommandLines.pair(value));
        }
        boolean isFirst = file == null;
        file = Path.of(value);
        return isFirst;
    }

    /** A flag that is said twice is a mistake that the library explains. */
    private boolean isNew(String key) {
        return settings.stream()
                        .filter(said -> said.key().equals(key) && !said.flag().equals(CommandLines.SET_FLAG))
                        .count()
                == 1;
    }

    private @Nullable Flag flag(String name) {
        for (Flag flag : role.flags()) {
            if (flag.flag().equals(name)) {
                return flag;
            }
        }
        return null;
    }
}
