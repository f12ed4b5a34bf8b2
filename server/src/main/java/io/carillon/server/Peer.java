package io.carillon.server;

import org.jspecify.annotations.Nullable;

/**
 * A member as the settings of a group name it: where the others find it, and how it takes part if not as a voter like the
 * others. {@code 1=10.0.0.1:10921}, {@code 2=10.0.0.2:10921/priority=0}, {@code 4=10.0.0.4:10921/learner}.
 *
 * @param isLearner whether it has a copy and no vote
 * @param said what was said of how much it is to lead, from 0 (never) to {@link #PRIORITY_MAX}; null when nothing was
 */
public record Peer(
        PeerAddress address, boolean isLearner, @Nullable Integer said) {
    /** What those have that say none. */
    static final int PRIORITY_MAX = 100;

    private static final String LEARNER = "learner";
    private static final String PRIORITY = "priority=";

    public Peer {
        if (said != null && (said < 0 || said > PRIORITY_MAX)) {
            throw new IllegalArgumentException("the priority of member " + address.node()
                    + " must be from 0 (it never leads) to " + PRIORITY_MAX + " (what those have that say none), not "
                    + said);
        }
        if (isLearner && said != null) {
            throw new IllegalArgumentException(
                    "member " + address.node() + " is a learner, which never leads: leave its priority out");
        }
    }

    /** A voter like the others. */
    Peer(PeerAddress address) {
        this(address, false, null);
    }

    /** @throws IllegalArgumentException when the text is none */
    static Peer parse(String text) {
        String[] parts = text.split("/", -1);
        PeerAddress address = PeerAddress.parse(parts[0]);
        boolean isLearner = false;
        Integer said = null;
        for (int i = 1; i < parts.length; i++) {
            String part = parts[i].strip();
            if (part.equals(LEARNER) && !isLearner) {
                isLearner = true;
            } else if (part.startsWith(PRIORITY) && said == null) {
                said = priority(part.substring(PRIORITY.length()).strip(), text);
            } else {
                throw new IllegalArgumentException(
                        "'" + part + "' in '" + text + "' is not understood: behind a member's"
                                + " address may stand /learner or /priority=N, once");
            }
        }
        return new Peer(address, isLearner, said);
    }

    private static int priority(String digits, String text) {
        try {
            return Integer.parseInt(digits);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "not a priority: '" + digits + "' in '" + text + "', write for example /priority=0", e);
        }
    }

    int node() {
        return address.node();
    }

    HostPort at() {
        return address.at();
    }

    /** How much it is to lead, where some members say so. */
    int priority() {
        return said == null ? PRIORITY_MAX : said;
    }

    @Override
    public String toString() {
        return address + (isLearner ? "/" + LEARNER : "") + (said == null ? "" : "/" + PRIORITY + said);
    }
}
