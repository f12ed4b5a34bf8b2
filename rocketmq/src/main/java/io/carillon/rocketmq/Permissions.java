package io.carillon.rocketmq;

import io.carillon.remoting.Request;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * THE table of what each request code needs; a code that is not here is refused. A test fails when a handler is
 * registered for one that is missing, and docs/security.md has its copy.
 */
final class Permissions {
    private static final int SMALL = 512;

    private final SortedMap<Integer, Permission> all = new TreeMap<>();
    private final @Nullable Permission[] small = new Permission[SMALL];

    private Permissions() {}

    static Permissions table() {
        Permissions table = new Permissions();
        ClientPermissions.fill(table);
        AdminPermissions.fill(table);
        NamePermissions.fill(table);
        return table;
    }

    void add(Permission permission) {
        if (all.putIfAbsent(permission.code(), permission) != null) {
            throw new IllegalArgumentException("request code " + permission.code() + " has two permissions");
        }
        if (permission.code() < SMALL) {
            small[permission.code()] = permission;
        }
    }

    /** What a code needs; null when nobody said, and nobody may. */
    @Nullable
    Permission of(int code) {
        return code >= 0 && code < SMALL ? small[code] : all.get(code);
    }

    Collection<Permission> all() {
        return Collections.unmodifiableCollection(all.values());
    }

    /** A permission that is put together word by word. */
    static Draft on(int code, String name) {
        return new Draft(code, name);
    }

    /** What is known of a permission so far. */
    record Draft(int code, String name, boolean isOrder) {
        Draft(int code, String name) {
            this(code, name, false);
        }

        /** It changes how the server is set up. */
        Draft order() {
            return new Draft(code, name, true);
        }

        Permission needs(String says, List<String> fields, Permission.Wants wants) {
            return new Permission(code, name, isOrder, says, fields, wants);
        }

        Permission needsByBody(String says, Permission.Wants wants) {
            return needs(says, List.of(), wants);
        }
    }

    /** A header field's value; empty when it is absent or blank. */
    static String optional(Request request, String field) {
        String value = request.ext(field);
        return value == null || value.isBlank() ? "" : value;
    }
}
