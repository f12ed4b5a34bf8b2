package io.carillon.systemtests.history;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.RawClient;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Who is in a group, as one of its members tells. */
record ClusterStatus(boolean isOfLeader, List<Member> members) {
    private static final int CODE = 9531;
    private static final Pattern SELF = Pattern.compile("\"role\":\"([a-z-]+)\"");
    private static final Pattern MEMBER = Pattern.compile(
            "\\{\"node\":(\\d+),\"address\":\"[^\"]*\",\"clients\":\"([^\"]*)\",\"isVoter\":(true|false),"
                    + "[^}]*\"role\":\"([a-z-]+)\",[^}]*\"lastIndex\":(-?\\d+),[^}]*\"copyBytes\":(-?\\d+)}");

    /**
     * @param clients where clients reach it; empty when nobody knows
     * @param copyBytes how much it copies; -1 when it does not
     */
    record Member(int node, String clients, boolean isVoter, String role, long lastIndex, long copyBytes) {
        private static Member of(MatchResult found) {
            return new Member(
                    Integer.parseInt(found.group(1)),
                    found.group(2),
                    Boolean.parseBoolean(found.group(3)),
                    found.group(4),
                    Long.parseLong(found.group(5)),
                    Long.parseLong(found.group(6)));
        }
    }

    /** Asks this member. */
    static ClusterStatus of(CarillonServer asked) throws IOException {
        try (RawClient client = RawClient.connect(asked.broker())) {
            String body = new String(client.call(CODE, Map.of(), new byte[0]).body(), UTF_8);
            boolean isOfLeader = SELF.matcher(body)
                    .results()
                    .findFirst()
                    .map(role -> role.group(1).equals("leader"))
                    .orElse(false);
            return new ClusterStatus(
                    isOfLeader, MEMBER.matcher(body).results().map(Member::of).toList());
        }
    }

    Optional<Member> member(int node) {
        return members.stream().filter(member -> member.node() == node).findFirst();
    }

    boolean isVoter(int node) {
        return member(node).map(Member::isVoter).orElse(false);
    }

    boolean leads(int node) {
        return member(node).map(member -> member.role().equals("leader")).orElse(false);
    }

    /** The last entry of a member's log; -1 when that is not known. */
    long lastIndex(CarillonServer server) {
        return members.stream()
                .filter(member -> member.clients().equals(server.broker()))
                .findFirst()
                .map(Member::lastIndex)
                .orElse(-1L);
    }
}
