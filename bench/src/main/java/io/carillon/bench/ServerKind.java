package io.carillon.bench;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What is compared: each of Carillon's forms with the same form of Apache RocketMQ. */
enum ServerKind {
    APACHE("Apache", false, false),
    CARILLON("Carillon", true, false),
    /** A name server that holds a controller, and three brokers that replicate. */
    APACHE_GROUP("Apache group", false, true),
    /** A name server, and three brokers that replicate. */
    CARILLON_GROUP("Carillon group", true, true);

    /** One broker. */
    static final Set<ServerKind> SINGLE = Set.of(APACHE, CARILLON);

    static final Set<ServerKind> GROUPS = Set.of(APACHE_GROUP, CARILLON_GROUP);

    static final Set<ServerKind> ALL = Set.of(values());

    private final String title;
    private final boolean isCarillon;
    private final boolean isGroup;

    ServerKind(String title, boolean isCarillon, boolean isGroup) {
        this.title = title;
        this.isCarillon = isCarillon;
        this.isGroup = isGroup;
    }

    String title() {
        return title;
    }

    boolean isCarillon() {
        return isCarillon;
    }

    boolean isGroup() {
        return isGroup;
    }

    /** As it is named on the command line, and in the folders that hold its data. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static ServerKind named(String word) {
        return Arrays.stream(values())
                .filter(kind -> kind.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such server: " + word + ", but "
                        + Arrays.stream(values()).map(ServerKind::word).collect(Collectors.joining(", "))));
    }

    /** Those of these names, separated by commas. */
    static Set<ServerKind> allNamed(String words) {
        var kinds = EnumSet.noneOf(ServerKind.class);
        for (String word : words.split(",", -1)) {
            kinds.add(named(word));
        }
        return kinds;
    }
}
