package io.carillon.server;

/** An option of the commands about messages that wait. */
enum ScheduleOption {
    BROKER("--broker", "HOST:PORT", "the broker to ask (default: 127.0.0.1:10911)"),
    ZONE("--zone", "ZONE", "time zone of times without one, and of those shown (default: UTC)"),
    JSON("--json", "", "print the broker's answer as JSON"),
    TOPIC("--topic", "TOPIC", "topic of the messages"),
    KEY("--key", "KEY", "CARILLON_KEY, unique id, or one of the KEYS of the message"),
    FROM("--from", "TIME", "only what is due at this time or later"),
    UNTIL("--to", "TIME", "only what is due before this time"),
    MAX("--max", "N", "list no more than N messages, 1000 at most (default: 100)"),
    AFTER("--after", "PLACE", "go on behind this place, which the list before named"),
    BODY("--body", "", "show up to 1 MiB of the body, not only the first KiB"),
    BY("--by", "UNIT", "count by minute, hour or day (default: hour)"),
    DUE("--to", "TIME", "the time at which it is to be due"),
    IN("--in", "DURATION", "how long from now it is to be due");

    private final String flag;
    private final String label;
    private final String help;

    ScheduleOption(String flag, String label, String help) {
        this.flag = flag;
        this.label = label;
        this.help = help;
    }

    String flag() {
        return flag;
    }

    /** As the command line knows it. */
    CommandOption option() {
        return new CommandOption(flag, label, help);
    }
}
