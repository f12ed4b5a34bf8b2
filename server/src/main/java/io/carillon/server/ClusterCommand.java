package io.carillon.server;

import io.carillon.remoting.RequestCode;
import java.util.List;

/** What can be asked about a group of brokers, and of it. */
enum ClusterCommand {
    STATUS("status", RequestCode.CLUSTER_STATUS, "show who is in the group, who leads, and how far each one is", ""),
    ADD("add", RequestCode.CLUSTER_ADD, "take in a broker that was started with --join", "NODE=HOST:PORT"),
    REMOVE("remove", RequestCode.CLUSTER_REMOVE, "let a member go", "MEMBER"),
    REPLACE(
            "replace",
            RequestCode.CLUSTER_REPLACE,
            "give the vote of a member, which goes, to a learner",
            "MEMBER LEARNER"),
    TRANSFER("transfer", RequestCode.CLUSTER_TRANSFER, "hand the leadership over to another member", "MEMBER"),
    PROMOTE("promote", RequestCode.CLUSTER_PROMOTE, "give a learner a vote", "LEARNER"),
    ACCEPT_LOSS(
            "accept-loss",
            RequestCode.CLUSTER_ACCEPT_LOSS,
            "let the member at --broker vote though it may have lost what was acknowledged: when nobody can lead otherwise",
            "MEMBER");

    private final String word;
    private final int code;
    private final String help;
    private final String operands;

    ClusterCommand(String word, int code, String help, String operands) {
        this.word = word;
        this.code = code;
        this.help = help;
        this.operands = operands;
    }

    static ClusterCommand of(String word) {
        for (ClusterCommand one : values()) {
            if (one.word.equals(word)) {
                return one;
            }
        }
        throw new IllegalArgumentException("no command about a cluster is called " + word);
    }

    String word() {
        return word;
    }

    /** The request's code. */
    int code() {
        return code;
    }

    String help() {
        return help;
    }

    /** What it takes besides options. */
    List<String> operands() {
        return operands.isEmpty() ? List.of() : List.of(operands.split(" "));
    }
}
