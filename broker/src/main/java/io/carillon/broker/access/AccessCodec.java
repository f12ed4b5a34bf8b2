package io.carillon.broker.access;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.broker.access.PolicyEntry.Decision;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The bytes of users and policies, in the log and in snapshots. Numbers are big-endian; a text is its length in 2 bytes
 * and UTF-8; a name that is not allowed is {@link Corrupt} like any other damage.
 *
 * <pre>
 * user:    name, flags 1 (bit 0 super, bit 1 enabled), length of the sealed secret 2, bytes
 * entries: count 2, then each: resource as text, actions 1 (a bit each), sources 1, then each as text, decision 1
 * </pre>
 */
final class AccessCodec {
    private static final int SUPER = 1;
    private static final int ENABLED = 2;

    /** What a number in the bytes means: only ever added to. */
    private static final List<Action> ACTIONS = List.of(
            Action.ALL, Action.PUB, Action.SUB, Action.CREATE, Action.UPDATE, Action.DELETE, Action.GET, Action.LIST);

    private static final List<Decision> DECISIONS = List.of(Decision.ALLOW, Decision.DENY);
    private static final List<PolicyKind> KINDS = List.of(PolicyKind.CUSTOM, PolicyKind.DEFAULT);

    private AccessCodec() {}

    /** Something that writes; memory does not fail. */
    interface Body {
        void write(DataOutputStream to) throws IOException;
    }

    static byte[] bytes(Body body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream to = new DataOutputStream(bytes)) {
            body.write(to);
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot be written to", e);
        }
        return bytes.toByteArray();
    }

    static void putText(DataOutputStream to, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        to.writeShort(bytes.length);
        to.write(bytes);
    }

    static void putUser(DataOutputStream to, User user) throws IOException {
        putText(to, user.name());
        to.writeByte((user.isSuper() ? SUPER : 0) | (user.isEnabled() ? ENABLED : 0));
        byte[] secret = user.secret().bytes();
        to.writeShort(secret.length);
        to.write(secret);
    }

    static void putEntries(DataOutputStream to, List<PolicyEntry> entries) throws IOException {
        to.writeShort(entries.size());
        for (PolicyEntry entry : entries) {
            putText(to, entry.resource().toString());
            int actions = 0;
            for (Action action : entry.actions()) {
                actions |= 1 << ACTIONS.indexOf(action);
            }
            to.writeByte(actions);
            to.writeByte(entry.sources().size());
            for (SourceRange source : entry.sources()) {
                putText(to, source.toString());
            }
            to.writeByte(DECISIONS.indexOf(entry.decision()));
        }
    }

    /** Runs a reading of bytes that must be whole. */
    static <T> T reading(String what, Supplier<T> read) {
        try {
            return read.get();
        } catch (BufferUnderflowException e) {
            throw new Corrupt(what + " ends too early", e);
        } catch (IllegalArgumentException e) {
            throw new Corrupt(what + " holds what is not allowed: " + e.getMessage(), e);
        }
    }

    static String readText(ByteBuffer from) {
        byte[] bytes = new byte[Short.toUnsignedInt(from.getShort())];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static User readUser(ByteBuffer from) {
        String name = readText(from);
        int flags = from.get();
        byte[] secret = new byte[Short.toUnsignedInt(from.getShort())];
        from.get(secret);
        if ((flags & ~(SUPER | ENABLED)) != 0) {
            throw new IllegalArgumentException("flags of user " + name + " are " + flags);
        }
        return new User(name, new SealedSecret(secret), (flags & SUPER) != 0, (flags & ENABLED) != 0);
    }

    static List<PolicyEntry> readEntries(ByteBuffer from) {
        int count = Short.toUnsignedInt(from.getShort());
        List<PolicyEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Resource resource = Resource.parse(readText(from));
            Set<Action> actions = readActions(from.get());
            List<SourceRange> sources = new ArrayList<>();
            for (int left = from.get() & 0xFF; left > 0; left--) {
                sources.add(SourceRange.parse(readText(from)));
            }
            entries.add(new PolicyEntry(resource, actions, sources, oneOf(DECISIONS, from.get())));
        }
        return entries;
    }

    private static Set<Action> readActions(int bits) {
        Set<Action> actions = EnumSet.noneOf(Action.class);
        for (int i = 0; i < ACTIONS.size(); i++) {
            if ((bits & 1 << i) != 0) {
                actions.add(ACTIONS.get(i));
            }
        }
        return actions;
    }

    static int readCount(ByteBuffer from) {
        int count = from.getInt();
        if (count < 0) {
            throw new IllegalArgumentException("a count is " + count);
        }
        return count;
    }

    static void putKind(DataOutputStream to, PolicyKind kind) throws IOException {
        to.writeByte(KINDS.indexOf(kind));
    }

    static PolicyKind readKind(ByteBuffer from) {
        return oneOf(KINDS, from.get());
    }

    private static <T> T oneOf(List<T> values, int number) {
        if (number < 0 || number >= values.size()) {
            throw new IllegalArgumentException("number " + number + " of " + values.size());
        }
        return values.get(number);
    }
}
