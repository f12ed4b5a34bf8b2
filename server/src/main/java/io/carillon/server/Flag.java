package io.carillon.server;

/** A setting that has a flag of its own, because users reach for it on the command line. */
enum Flag {
    DATA("--data", "data", "DIR", "folder that holds everything that must survive a restart"),
    NAMESERVER_PORT("--nameserver-port", "nameserver-port", "PORT", "port of the name server; 0 for any free one"),
    BROKER_PORT("--broker-port", "broker-port", "PORT", "port of the broker; 0 for any free one"),
    HTTP_PORT("--http-port", "http-port", "PORT", "port of HTTP and gRPC; 0 for any free one"),
    DELAY_ENGINE("--delay-engine", "delay-engine", "ENGINE", "what keeps the delay queue: embedded, redis-mysql"),
    MYSQL("--mysql", "mysql.url", "URL", "where a delay queue over Redis and MySQL keeps its messages"),
    REDIS("--redis", "redis.url", "URL", "where it keeps their order"),
    BIND("--bind", "bind", "ADDRESS", "address to listen on"),
    ADVERTISE("--advertise", "advertise", "ADDRESS", "address that clients are told to connect to"),
    SECURE(
            "--secure",
            "security.enabled",
            "",
            "serve only requests that are signed by a user who may do what they ask"),
    INSECURE("--insecure", "insecure", "", "listen where other machines can connect, although there are no users"),
    BROKER_NAME("--broker-name", "broker.name", "NAME", "name of the broker group"),
    GROUP("--group", "broker.name", "NAME", "the same: name of the group that this broker is a member of"),
    NODE_ID("--node-id", "replication.node-id", "N", "this member's number in a group of replicas"),
    PEERS(
            "--peers",
            "replication.peers",
            "N=HOST:PORT,...",
            "where the members of a group find each other; /learner or /priority=N may stand behind each"),
    JOIN("--join", "replication.joins", "", "wait to be taken into a group that there is"),
    LEARNER("--learner", "replication.learner", "", "have a copy and no vote, as an asynchronous slave"),
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
