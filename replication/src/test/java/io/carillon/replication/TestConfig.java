package io.carillon.replication;

import io.carillon.replication.ReplicationConfig.Begins;
import io.carillon.testkit.Changed;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A member's part in its group, and what a test wants otherwise of it. */
record TestConfig(ReplicationConfig config) {
    /** The addresses of the voters that the group begins with. */
    List<String> members() {
        return config.members();
    }

    TestConfig withBegins(Begins begins) {
        return with("begins", begins);
    }

    TestConfig withLearners(List<String> learners) {
        return with("learners", learners);
    }

    TestConfig withPriorities(Map<String, Integer> priorities) {
        return with("priorities", priorities);
    }

    /** Those of the voters, in their order. */
    TestConfig withPriorities(int... ofMembers) {
        Map<String, Integer> priorities = new HashMap<>();
        for (int i = 0; i < ofMembers.length; i++) {
            priorities.put(members().get(i), ofMembers[i]);
        }
        return withPriorities(priorities);
    }

    TestConfig withKeepForFollowers(Duration keepForFollowers) {
        return with("keepForFollowers", keepForFollowers);
    }

    TestConfig withCopyBytesPerSecond(long bytes) {
        return with("copyBytesPerSecond", bytes);
    }

    TestConfig withElectionTimeout(Duration electionTimeout) {
        return with("electionTimeout", electionTimeout);
    }

    private TestConfig with(String component, Object value) {
        return new TestConfig(Changed.copy(config, component, value));
    }
}
