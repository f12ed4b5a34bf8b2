package io.carillon.server;

import java.util.EnumSet;
import java.util.Set;

/** What a process is started as: the command that starts it, and the flags that mean something to it. */
enum Role {
    SERVER("server", "run a name server and a broker in one process"),
    NAMESERVER("nameserver", "run a name server only"),
    BROKER("broker", "run a broker only, which registers with --nameservers"),
    DELAYQUEUE("delayqueue", "run the delay queue's API over Redis and MySQL, and no broker");

    private final String command;
    private final String help;

    Role(String command, String help) {
        this.command = command;
        this.help = help;
    }

    /** @throws IllegalArgumentException when no role is started by this command */
    static Role of(String command) {
        for (Role role : values()) {
            if (role.command.equals(command)) {
                return role;
            }
        }
        throw new IllegalArgumentException("no role has the command " + command);
    }

    String command() {
        return command;
    }

    String help() {
        return help;
    }

    Set<Flag> flags() {
        return switch (this) {
            case SERVER -> EnumSet.allOf(Flag.class);
            case NAMESERVER -> EnumSet.of(Flag.NAMESERVER_PORT, Flag.BIND, Flag.ADVERTISE, Flag.SECURE, Flag.INSECURE);
            case BROKER -> EnumSet.complementOf(EnumSet.of(Flag.NAMESERVER_PORT));
            case DELAYQUEUE ->
                EnumSet.of(
                        Flag.DATA,
                        Flag.HTTP_PORT,
                        Flag.MYSQL,
                        Flag.REDIS,
                        Flag.BIND,
                        Flag.ADVERTISE,
                        Flag.SECURE,
                        Flag.INSECURE);
        };
    }

    /**
     * Whether a process of this role and configuration runs a name server: a member of a group does, beside those of the other
     * members that it registers with.
     */
    boolean runsNameServer(ServerConfig config) {
        boolean isAlone = config.nameservers().isEmpty() || config.replication().isMember();
        return this == NAMESERVER || (this == SERVER && isAlone);
    }

    /** Whether a process of this role runs a broker. */
    boolean runsBroker() {
        return this == SERVER || this == BROKER;
    }
}
