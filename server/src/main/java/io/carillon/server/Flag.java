package io.carillon.server;

/** A setting that has a flag of its own, because users reach for it on the command line. */
enum Flag {
    DATA("--data", "data", "DIR", "folder that holds everything that must survive a restart"),
    NAMESERVER_PORT("--nameserver-port", "nameserver-port", "PORT", "port of the name server; 0 for any free one"),
    BROKER_PORT("--broker-port", "broker-port", "PORT", "port of the broker; 0 for any free one"),
    BIND("--bind", "bind", "ADDRESS", "address to listen on"),
    ADVERTISE("--advertise", "advertise", "ADDRESS", "address that clients are told to connect to"),
    SECURE(
            "--secure",
            "security.enabled",
            "",
            "serve only requests that are signed by a user who may do what they ask"),
    INSECURE("--insecure", "insecure", "", "listen where other machines can connect, although there are no users"),
    BROKER_NAME("--broker-name", "broker.name", "NAME", "name of the broker group"),
    CLUSTER("--cluster", "broker.cluster", "NAME", "name of the cluster"),
    NAMESERVERS("--nameservers", "nameservers", "HOST:PORT;...", "register there, and run no name server here"),
    FLUSH("--flush", "log.flush", "MODE", "acknowledge when forced to disk (sync) or written (async)");

    private final String flag;
    private final String key;
    private final String valueLabel;
    private final String help;

    Flag(String flag, String key, String valueLabel, String help) {
        this.flag = flag;
        this.key = key;
        this.valueLabel = valueLabel;
        this.help = help;
    }

    String flag() {
        return flag;
    }

    String key() {
        return key;
    }

    /** What stands for the value in the help; empty when the flag is a switch, which says {@code true}. */
    String valueLabel() {
        return valueLabel;
    }

    String help() {
        return help;
    }
}
