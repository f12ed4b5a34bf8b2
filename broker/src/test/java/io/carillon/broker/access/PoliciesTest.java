package io.carillon.broker.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.broker.access.PolicyEntry.Decision;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PoliciesTest {
    private static final Set<Action> PUB = EnumSet.of(Action.PUB);

    private static PolicyEntry entry(Decision decision, String resource, String... sources) {
        return new PolicyEntry(
                Resource.parse(resource),
                PUB,
                Arrays.stream(sources).map(SourceRange::parse).toList(),
                decision);
    }

    private static PolicyEntry allow(String resource, String... sources) {
        return entry(Decision.ALLOW, resource, sources);
    }

    private static PolicyEntry deny(String resource, String... sources) {
        return entry(Decision.DENY, resource, sources);
    }

    private static @Nullable Decision decide(Policies policies, String topic) {
        return policies.decide(ResourceType.TOPIC, topic, PUB, address("10.1.2.3"));
    }

    private static Policies custom(PolicyEntry... entries) {
        return Policies.NONE.with(PolicyKind.CUSTOM, List.of(entries));
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void saysNothingWhereNoEntryMatches() {
        assertThat(decide(Policies.NONE, "orders")).isNull();
        assertThat(decide(custom(allow("Topic:other"), allow("Group:orders")), "orders"))
                .isNull();
    }

    @Test
    void letsTheMostExactEntryDecide() {
        Policies policies =
                custom(allow("*"), deny("Topic:*"), allow("Topic:o*"), deny("Topic:ord*"), allow("Topic:orders"));

        assertThat(decide(policies, "orders")).isEqualTo(Decision.ALLOW);
        assertThat(decide(policies, "ordinary")).isEqualTo(Decision.DENY);
        assertThat(decide(policies, "other")).isEqualTo(Decision.ALLOW);
        assertThat(decide(policies, "bills")).isEqualTo(Decision.DENY);
        assertThat(policies.decide(ResourceType.GROUP, "g", PUB, address("::1")))
                .isEqualTo(Decision.ALLOW);
    }

    @Test
    void asksTheDefaultEntriesOnlyWhenNoCustomOneMatches() {
        Policies policies =
                custom(deny("Topic:*")).with(PolicyKind.DEFAULT, List.of(allow("Topic:orders"), allow("*")));

        assertThat(decide(policies, "orders")).isEqualTo(Decision.DENY);
        assertThat(policies.decide(ResourceType.GROUP, "g", PUB, address("::1")))
                .isEqualTo(Decision.ALLOW);
    }

    @Test
    void takesOneOfSeveralActionsForEnoughAndAllForEach() {
        Policies policies = custom(
                new PolicyEntry(Resource.parse("Topic:t"), EnumSet.of(Action.SUB), List.of(), Decision.ALLOW),
                new PolicyEntry(Resource.parse("Topic:all"), EnumSet.of(Action.ALL), List.of(), Decision.ALLOW));

        assertThat(policies.decide(ResourceType.TOPIC, "t", PUB, address("::1")))
                .isNull();
        assertThat(policies.decide(ResourceType.TOPIC, "t", EnumSet.of(Action.PUB, Action.SUB), address("::1")))
                .isEqualTo(Decision.ALLOW);
        assertThat(policies.decide(ResourceType.TOPIC, "all", PUB, address("::1")))
                .isEqualTo(Decision.ALLOW);
    }

    @Test
    void looksAtWhereARequestComesFrom() {
        Policies policies = custom(allow("Topic:t", "10.1.0.0/16", "2001:db8::/32"));

        assertThat(decide(policies, "t")).isEqualTo(Decision.ALLOW);
        assertThat(policies.decide(ResourceType.TOPIC, "t", PUB, address("10.2.0.1")))
                .isNull();
        assertThat(policies.decide(ResourceType.TOPIC, "t", PUB, address("2001:db8::7")))
                .isEqualTo(Decision.ALLOW);
        assertThat(policies.decide(ResourceType.TOPIC, "t", PUB, address("2001:db9::7")))
                .isNull();
    }

    @Test
    void replacesAnEntryForTheSameResource() {
        Policies policies =
                custom(allow("Topic:t"), allow("Topic:u")).with(PolicyKind.CUSTOM, List.of(deny("Topic:t")));

        assertThat(policies.size()).isEqualTo(2);
        assertThat(decide(policies, "t")).isEqualTo(Decision.DENY);
        assertThat(decide(policies.without(PolicyKind.CUSTOM, Resource.parse("Topic:t")), "t"))
                .isNull();
    }

    @Provide
    Arbitrary<PolicyEntry> entries() {
        return AccessChanges.entry();
    }

    @Property(tries = 500)
    void decidesTheSameInWhateverOrderTheEntriesCame(@ForAll List<@From("entries") PolicyEntry> entries) {
        Policies forwards = Policies.NONE.with(PolicyKind.CUSTOM, entries);
        Policies backwards = new Policies(forwards.custom().reversed(), List.of());

        for (String topic : List.of("orders", "ordinary", "other", "x")) {
            assertThat(decide(backwards, topic)).isEqualTo(decide(forwards, topic));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8,      10.255.0.1,   true",
        "10.0.0.0/8,      11.0.0.1,     false",
        "10.0.0.1,        10.0.0.1,     true",
        "10.0.0.1,        10.0.0.2,     false",
        "192.168.1.128/25,192.168.1.200,true",
        "192.168.1.128/25,192.168.1.100,false",
        "0.0.0.0/0,       1.2.3.4,      true",
        "0.0.0.0/0,       ::1,          false",
        "::/0,            ::1,          true",
        "2001:db8::/33,   2001:db8:8000::1, false",
    })
    void knowsWhichAddressesAreInARange(String range, String address, boolean isIn) {
        assertThat(SourceRange.parse(range).contains(address(address))).isEqualTo(isIn);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "localhost", "example.org", "10.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "::/129"})
    void refusesWhatIsNoRangeWithoutAskingAnybody(String text) {
        assertThatThrownBy(() -> SourceRange.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "orders", "Topic:", "Queue:x", "Topic: "})
    void refusesWhatIsNoResource(String text) {
        assertThatThrownBy(() -> Resource.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "Topic:*", "Topic:a*", "Group:g", "Cluster:DefaultCluster"})
    void showsAResourceAsItIsWritten(String text) {
        assertThat(Resource.parse(text)).hasToString(text);
    }
}
