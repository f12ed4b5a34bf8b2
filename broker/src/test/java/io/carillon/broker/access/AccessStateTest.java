package io.carillon.broker.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException;
import io.carillon.broker.access.AccessResult.Denied;
import io.carillon.broker.access.AccessResult.Done;
import io.carillon.broker.access.PolicyEntry.Decision;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class AccessStateTest {
    private final SecretBox box = new SecretBox(new byte[32], new Random(1));
    private final AccessState state = new AccessState();
    private final List<Runnable> unwritten = new ArrayList<>();
    private boolean isHeldBack;
    private final AccessService service = new AccessService(state, (change, written) -> {
        Runnable write = () -> {
            state.apply(ByteBuffer.wrap(change));
            written.done(null);
        };
        if (isHeldBack) {
            unwritten.add(write);
        } else {
            write.run();
        }
    });

    private User user(String name, boolean isSuper) {
        return new User(name, box.seal(name, name.getBytes(StandardCharsets.UTF_8)), isSuper, true);
    }

    private static AccessResult resultOf(Consumer<Consumer<AccessResult>> asked) {
        List<AccessResult> results = new ArrayList<>();
        asked.accept(results::add);
        assertThat(results).hasSize(1);
        return results.getFirst();
    }

    private static PolicyEntry entry(String resource) {
        return new PolicyEntry(Resource.parse(resource), EnumSet.of(Action.PUB), List.of(), Decision.ALLOW);
    }

    @Provide
    Arbitrary<byte[]> changes() {
        return AccessChanges.any();
    }

    @Property(tries = 300)
    void aSnapshotHoldsEverything(@ForAll List<@From("changes") byte[]> changes) {
        changes.forEach(change -> state.apply(ByteBuffer.wrap(change)));

        AccessState restored = new AccessState();
        restored.restore(ByteBuffer.wrap(state.snapshot()));

        assertThat(restored.current()).isEqualTo(state.current());
        assertThat(restored.snapshot()).isEqualTo(state.snapshot());
    }

    @Property(tries = 300)
    void anyCutOfAChangeIsCorrupt(@ForAll @From("changes") byte[] change, @ForAll int seed) {
        byte[] cut = java.util.Arrays.copyOf(change, Math.floorMod(seed, change.length));

        assertThatThrownBy(() -> state.apply(ByteBuffer.wrap(cut))).isInstanceOf(CarillonException.Corrupt.class);
    }

    @Test
    void aDeletedUserLeavesNothingToTheNextOfThatName() {
        service.createUser(user("root", true), _ -> {});
        service.createUser(user("alice", false), _ -> {});
        service.putEntries("alice", PolicyKind.CUSTOM, List.of(entry("Topic:t")), _ -> {});
        assertThat(service.current().policiesOf("alice").size()).isEqualTo(1);

        service.deleteUser("alice", _ -> {});
        service.createUser(user("alice", false), _ -> {});

        assertThat(service.current().policiesOf("alice").isEmpty()).isTrue();
    }

    @Test
    void policiesThatComeAfterTheirUserWasDeletedAreForNobody() {
        service.createUser(user("root", true), _ -> {});
        service.createUser(user("alice", false), _ -> {});
        isHeldBack = true;
        service.deleteUser("alice", _ -> {});
        service.putEntries("alice", PolicyKind.CUSTOM, List.of(entry("Topic:t")), _ -> {});

        unwritten.forEach(Runnable::run);

        assertThat(service.current().policies()).isEmpty();
    }

    @Test
    void oneOfTwoWhoCreateAUserAtOnceIsToldSo() {
        isHeldBack = true;
        List<AccessResult> results = new ArrayList<>();
        User first = user("alice", false);
        service.createUser(first, results::add);
        service.createUser(user("alice", true), results::add);

        unwritten.forEach(Runnable::run);

        assertThat(results.get(0)).isEqualTo(new Done());
        assertThat(results.get(1)).isInstanceOf(Denied.class);
        assertThat(service.current().find("alice")).isEqualTo(first);
    }

    @Test
    void theLastSuperUserStays() {
        service.createUser(user("root", true), _ -> {});
        service.createUser(user("alice", false), _ -> {});

        assertThat(resultOf(told -> service.deleteUser("root", told))).isInstanceOf(Denied.class);
        assertThat(resultOf(told -> service.updateUser(user("root", false), told)))
                .isInstanceOf(Denied.class);
        User disabled = new User("root", user("root", true).secret(), true, false);
        assertThat(resultOf(told -> service.updateUser(disabled, told))).isInstanceOf(Denied.class);

        service.createUser(user("second", true), _ -> {});
        assertThat(resultOf(told -> service.deleteUser("root", told))).isEqualTo(new Done());
    }

    @Test
    void aSecretOpensWithItsOwnKeyAndForItsOwnUserOnly() {
        User alice = user("alice", false);
        SecretBox other =
                new SecretBox("another key of thirty-two bytes!".getBytes(StandardCharsets.US_ASCII), new Random(2));

        assertThat(box.open(alice)).asString().isEqualTo("alice");
        assertThatThrownBy(() -> other.open(alice))
                .isInstanceOf(CarillonException.BadConfig.class)
                .hasMessageContaining("another key");
        assertThatThrownBy(() -> box.open(new User("bob", alice.secret(), true, true)))
                .isInstanceOf(CarillonException.BadConfig.class)
                .hasMessageContaining("does not open");
    }

    @Test
    void aSecretIsNotToBeSeenInWhatIsStoredOrShown() {
        User user = new User("alice", box.seal("alice", "open sesame".getBytes(StandardCharsets.UTF_8)), false, true);
        service.createUser(user, _ -> {});

        assertThat(user.toString() + service.current()).doesNotContain("sesame");
        assertThat(new String(state.snapshot(), StandardCharsets.ISO_8859_1)).doesNotContain("sesame");
    }

    @Test
    void entriesAreBounded() {
        service.createUser(user("alice", false), _ -> {});
        List<PolicyEntry> many = new ArrayList<>();
        for (int i = 0; i <= Policies.ENTRIES_MAX; i++) {
            many.add(entry("Topic:t" + i));
        }

        assertThat(resultOf(told -> service.putEntries("alice", PolicyKind.CUSTOM, many, told)))
                .isInstanceOf(Denied.class);
    }
}
