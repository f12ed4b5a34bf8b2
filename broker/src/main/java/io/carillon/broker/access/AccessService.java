package io.carillon.broker.access;

import io.carillon.broker.access.AccessResult.Denied;
import io.carillon.broker.access.AccessResult.Done;
import io.carillon.broker.access.AccessResult.NotWritten;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * FACE: changes users and policies. Any thread may call; a change is durable and in force when its result is {@link
 * Done}.
 */
public final class AccessService {
    /** So many users are a mistake or an attack; each is held in memory. */
    static final int USERS_MAX = 10_000;

    private final AccessState state;
    private final AccessLog log;

    public AccessService(AccessState state, AccessLog log) {
        this.state = state;
        this.log = log;
    }

    /** All users and policies now. */
    public Access current() {
        return state.current();
    }

    /** Of two who create one user at the same time, one is told that it exists. */
    public void createUser(User user, Consumer<AccessResult> told) {
        Access now = current();
        if (now.find(user.name()) != null) {
            told.accept(new Denied("The user is existed"));
        } else if (now.users().size() >= USERS_MAX) {
            told.accept(new Denied("there are " + USERS_MAX + " users, which is the most there may be"));
        } else {
            append(userChange(AccessState.CREATE_USER, user), result -> told.accept(checkedOwn(user, result)));
        }
    }

    private AccessResult checkedOwn(User user, AccessResult result) {
        boolean isOwn = user.equals(current().find(user.name()));
        return result instanceof Done && !isOwn ? new Denied("The user is existed") : result;
    }

    /** @param user how the user is to be from now on, with what does not change */
    public void updateUser(User user, Consumer<AccessResult> told) {
        if (current().find(user.name()) == null) {
            told.accept(new Denied("The user is not exist"));
        } else if (!isKeptBy(other -> !other.name().equals(user.name()) || (user.isSuper() && user.isEnabled()))) {
            told.accept(new Denied(lastSuper(user.name())));
        } else {
            append(userChange(AccessState.PUT_USER, user), told);
        }
    }

    /** Deletes the user with its policies; one that does not exist is deleted already. */
    public void deleteUser(String name, Consumer<AccessResult> told) {
        if (current().find(name) == null) {
            told.accept(new Done());
        } else if (!isKeptBy(user -> !user.name().equals(name))) {
            told.accept(new Denied(lastSuper(name)));
        } else {
            append(
                    AccessCodec.bytes(to -> {
                        to.writeByte(AccessState.DELETE_USER);
                        AccessCodec.putText(to, name);
                    }),
                    told);
        }
    }

    /** Whether somebody is left who may do everything. */
    private boolean isKeptBy(Predicate<User> stays) {
        List<User> able = current().users().values().stream()
                .filter(user -> user.isSuper() && user.isEnabled())
                .toList();
        return able.isEmpty() || able.stream().anyMatch(stays);
    }

    private static String lastSuper(String name) {
        return "User:" + name + " is the last super user that is enabled: nobody could administer this broker any more";
    }

    private static byte[] userChange(byte kind, User user) {
        return AccessCodec.bytes(to -> {
            to.writeByte(kind);
            AccessCodec.putUser(to, user);
        });
    }

    /** Adds entries to what a user may do; an entry for a resource that has one already takes its place. */
    public void putEntries(String user, PolicyKind kind, List<PolicyEntry> entries, Consumer<AccessResult> told) {
        Access now = current();
        if (now.find(user) == null) {
            told.accept(new Denied("The subject of User:" + user + " is not exist."));
        } else if (now.policiesOf(user).with(kind, entries).size() > Policies.ENTRIES_MAX) {
            told.accept(new Denied("a user has at most " + Policies.ENTRIES_MAX + " policy entries"));
        } else {
            append(
                    AccessCodec.bytes(to -> {
                        to.writeByte(AccessState.PUT_ENTRIES);
                        AccessCodec.putText(to, user);
                        AccessCodec.putKind(to, kind);
                        AccessCodec.putEntries(to, entries);
                    }),
                    told);
        }
    }

    /** @param resource whose entry goes; null for all that the user may do */
    public void deleteEntries(String user, PolicyKind kind, @Nullable Resource resource, Consumer<AccessResult> told) {
        Access now = current();
        if (now.find(user) == null) {
            told.accept(new Denied("The subject is not exist."));
        } else if (now.policiesOf(user).isEmpty()) {
            told.accept(new Denied("The acl is not exist."));
        } else {
            append(deletion(user, kind, resource), told);
        }
    }

    private static byte[] deletion(String user, PolicyKind kind, @Nullable Resource resource) {
        return AccessCodec.bytes(to -> {
            to.writeByte(resource == null ? AccessState.DELETE_POLICIES : AccessState.DELETE_ENTRY);
            AccessCodec.putText(to, user);
            if (resource != null) {
                AccessCodec.putKind(to, kind);
                AccessCodec.putText(to, resource.toString());
            }
        });
    }

    private void append(byte[] change, Consumer<AccessResult> told) {
        log.append(change, refusal -> told.accept(refusal == null ? new Done() : new NotWritten(refusal)));
    }
}
