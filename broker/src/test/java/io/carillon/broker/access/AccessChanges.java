package io.carillon.broker.access;

import io.carillon.broker.access.PolicyEntry.Decision;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Random changes to a few users and what they may do, so that they meet. */
public final class AccessChanges {
    private static final SecretBox BOX = new SecretBox(new byte[32], new Random(1));

    private AccessChanges() {}

    /** A change's bytes. */
    public static Arbitrary<byte[]> any() {
        return Arbitraries.oneOf(
                Combinators.combine(user(), Arbitraries.of(AccessState.CREATE_USER, AccessState.PUT_USER))
                        .as((user, kind) -> AccessCodec.bytes(to -> {
                            to.writeByte(kind);
                            AccessCodec.putUser(to, user);
                        })),
                name().map(name -> named(AccessState.DELETE_USER, name)),
                name().map(name -> named(AccessState.DELETE_POLICIES, name)),
                Combinators.combine(name(), kind(), entry().list().ofMaxSize(4))
                        .as((name, kind, entries) -> AccessCodec.bytes(to -> {
                            to.writeByte(AccessState.PUT_ENTRIES);
                            AccessCodec.putText(to, name);
                            AccessCodec.putKind(to, kind);
                            AccessCodec.putEntries(to, entries);
                        })),
                Combinators.combine(name(), kind(), resource())
                        .as((name, kind, resource) -> AccessCodec.bytes(to -> {
                            to.writeByte(AccessState.DELETE_ENTRY);
                            AccessCodec.putText(to, name);
                            AccessCodec.putKind(to, kind);
                            AccessCodec.putText(to, resource.toString());
                        })));
    }

    private static byte[] named(byte kind, String name) {
        return AccessCodec.bytes(to -> {
            to.writeByte(kind);
            AccessCodec.putText(to, name);
        });
    }

    static Arbitrary<String> name() {
        return Arbitraries.of("alice", "bob", "carol");
    }

    private static Arbitrary<PolicyKind> kind() {
        return Arbitraries.of(PolicyKind.class);
    }

    static Arbitrary<User> user() {
        return Combinators.combine(name(), Arbitraries.of(true, false), Arbitraries.of(true, false))
                .as((name, isSuper, isEnabled) ->
                        new User(name, BOX.seal(name, new byte[] {1, 2, 3}), isSuper, isEnabled));
    }

    static Arbitrary<Resource> resource() {
        return Arbitraries.of(
                        "*", "Topic:*", "Topic:o*", "Topic:or*", "Topic:orders", "Group:g", "Cluster:c", "Namespace:n")
                .map(Resource::parse);
    }

    static Arbitrary<PolicyEntry> entry() {
        return Combinators.combine(
                        resource(),
                        Arbitraries.of(Action.class).set().ofMinSize(1),
                        Arbitraries.of("10.0.0.0/8", "127.0.0.1", "2001:db8::/32")
                                .list()
                                .ofMaxSize(2),
                        Arbitraries.of(Decision.class))
                .as((resource, actions, sources, decision) ->
                        new PolicyEntry(resource, Set.copyOf(actions), parsed(sources), decision));
    }

    private static List<SourceRange> parsed(List<String> sources) {
        List<SourceRange> all = new ArrayList<>();
        sources.forEach(source -> all.add(SourceRange.parse(source)));
        return all;
    }
}
