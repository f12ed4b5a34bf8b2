package io.carillon.broker.access;

import io.carillon.base.CarillonException.Corrupt;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Users and policies: a part of the replicated state, changed by nothing but entries of the log. Any thread may ask.
 *
 * <p>A snapshot, in the form of {@link AccessCodec}:
 *
 * <pre>
 * version 1 (1)
 * users 4, then each; subjects 4, then each: user's name, custom entries, default entries
 * </pre>
 */
public final class AccessState {
    private static final byte VERSION = 1;

    /** Kinds of changes. */
    static final byte CREATE_USER = 1;

    static final byte PUT_USER = 2;
    static final byte DELETE_USER = 3;
    static final byte PUT_ENTRIES = 4;
    static final byte DELETE_ENTRY = 5;
    static final byte DELETE_POLICIES = 6;

    private volatile Access current = Access.NOBODY;

    /** What holds now: the same object until something changes. */
    public Access current() {
        return current;
    }

    /**
     * Applies a change; in the order of the log, one thread at a time.
     *
     * @throws Corrupt when it is not wholly understood
     */
    public void apply(ByteBuffer change) {
        current = AccessCodec.reading("a change to the users", () -> applied(change));
        if (change.hasRemaining()) {
            throw new Corrupt("a change to the users has " + change.remaining() + " bytes too many");
        }
    }

    private Access applied(ByteBuffer change) {
        byte kind = change.get();
        return switch (kind) {
            case CREATE_USER -> put(AccessCodec.readUser(change), true);
            case PUT_USER -> put(AccessCodec.readUser(change), false);
            case DELETE_USER -> withoutUser(AccessCodec.readText(change));
            case PUT_ENTRIES -> {
                String name = AccessCodec.readText(change);
                PolicyKind policy = AccessCodec.readKind(change);
                yield with(name, current.policiesOf(name).with(policy, AccessCodec.readEntries(change)));
            }
            case DELETE_ENTRY -> {
                String name = AccessCodec.readText(change);
                PolicyKind policy = AccessCodec.readKind(change);
                Resource resource = Resource.parse(AccessCodec.readText(change));
                yield with(name, current.policiesOf(name).without(policy, resource));
            }
            case DELETE_POLICIES -> with(AccessCodec.readText(change), Policies.NONE);
            default -> throw new Corrupt("a change to the users is of kind " + kind);
        };
    }

    private Access put(User user, boolean onlyAbsent) {
        if (onlyAbsent && current.users().containsKey(user.name())) {
            return current;
        }
        Map<String, User> users = new HashMap<>(current.users());
        users.put(user.name(), user);
        return new Access(Map.copyOf(users), current.policies());
    }

    /** Whoever is made later under the same name must not inherit anything. */
    private Access withoutUser(String name) {
        Map<String, User> users = new HashMap<>(current.users());
        users.remove(name);
        return new Access(Map.copyOf(users), without(name));
    }

    private Map<String, Policies> without(String name) {
        Map<String, Policies> policies = new HashMap<>(current.policies());
        policies.remove(name);
        return Map.copyOf(policies);
    }

    /** A user who was deleted before this change came to the log has no policies. */
    private Access with(String name, Policies changed) {
        if (changed.isEmpty()) {
            return new Access(current.users(), without(name));
        }
        if (!current.users().containsKey(name) || changed.size() > Policies.ENTRIES_MAX) {
            return current;
        }
        Map<String, Policies> policies = new HashMap<>(current.policies());
        policies.put(name, changed);
        return new Access(current.users(), Map.copyOf(policies));
    }

    public byte[] snapshot() {
        Access access = current;
        return AccessCodec.bytes(to -> {
            to.writeByte(VERSION);
            to.writeInt(access.users().size());
            for (User user : new TreeMap<>(access.users()).values()) {
                AccessCodec.putUser(to, user);
            }
            to.writeInt(access.policies().size());
            for (Map.Entry<String, Policies> one : new TreeMap<>(access.policies()).entrySet()) {
                AccessCodec.putText(to, one.getKey());
                AccessCodec.putEntries(to, one.getValue().custom());
                AccessCodec.putEntries(to, one.getValue().defaults());
            }
        });
    }

    /** @throws Corrupt when the bytes are no whole snapshot */
    public void restore(ByteBuffer from) {
        current = AccessCodec.reading("metadata snapshot, users,", () -> restored(from));
        if (from.hasRemaining()) {
            throw new Corrupt("metadata snapshot, users, has " + from.remaining() + " bytes too many");
        }
    }

    private static Access restored(ByteBuffer from) {
        byte version = from.get();
        if (version != VERSION) {
            throw new Corrupt("metadata snapshot, users, has version " + version + ", this program knows " + VERSION);
        }
        Map<String, User> users = new HashMap<>();
        for (int left = AccessCodec.readCount(from); left > 0; left--) {
            User user = AccessCodec.readUser(from);
            users.put(user.name(), user);
        }
        Map<String, Policies> policies = new HashMap<>();
        for (int left = AccessCodec.readCount(from); left > 0; left--) {
            String name = AccessCodec.readText(from);
            policies.put(name, new Policies(AccessCodec.readEntries(from), AccessCodec.readEntries(from)));
        }
        return new Access(Map.copyOf(users), Map.copyOf(policies));
    }
}
