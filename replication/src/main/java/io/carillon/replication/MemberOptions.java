package io.carillon.replication;

import com.alipay.sofa.jraft.option.NodeOptions;

/** The options of the library's node, by which its client finds the connections of the member that it belongs to. */
final class MemberOptions extends NodeOptions {
    private final GroupLine line;

    MemberOptions(GroupLine line) {
        this.line = line;
    }

    GroupLine line() {
        return line;
    }
}
