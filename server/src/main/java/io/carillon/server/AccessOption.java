package io.carillon.server;

/** Options of the commands about users and what they may do. */
enum AccessOption {
    BROKER("--broker", "HOST:PORT", "the broker to ask (default: 127.0.0.1:10911)"),
    JSON("--json", "", "print JSON, for programs"),
    FILTER("--filter", "TEXT", "only users whose name contains this"),
    SUPER("--super", "", "the user may do everything, whatever policies say"),
    NORMAL("--normal", "", "the user may do what policies allow"),
    ENABLE("--enable", "", "requests of the user are served"),
    DISABLE("--disable", "", "requests of the user are refused"),
    NEW_SECRET("--new-secret", "", "make up another secret, and show it once"),
    NEW_SECRET_FILE("--new-secret-file", "FILE", "the user's secret is this file's first line from now on"),
    RESOURCES("--resource", "NAME,...", "such as Topic:orders, Group:billing-*, Topic:*, Cluster:DefaultCluster or *"),
    ACTIONS("--actions", "ACTION,...", "some of Pub, Sub, Create, Update, Delete, Get, List, or All"),
    FROM("--from", "ADDRESS,...", "only for requests from there, such as 10.1.2.3 or 10.0.0.0/8"),
    DEFAULT("--default", "", "what counts when no other entry says anything about it");

    private final String flag;
    private final String label;
    private final String help;

    AccessOption(String flag, String label, String help) {
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
