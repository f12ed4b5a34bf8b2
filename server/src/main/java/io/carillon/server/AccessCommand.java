package io.carillon.server;

import io.carillon.remoting.RequestCode;
import java.util.EnumSet;
import java.util.Set;

/** What can be done about users and what they may do, one request to a broker each. */
enum AccessCommand {
    USER_LIST("user", "list", RequestCode.AUTH_LIST_USER, "list all users"),
    USER_SHOW("user", "show", RequestCode.AUTH_GET_USER, "show one user; secrets are never shown"),
    USER_CREATE(
            "user",
            "create",
            RequestCode.AUTH_CREATE_USER,
            "make a user, who may do nothing at first; without a secret one is made up and shown once"),
    USER_UPDATE("user", "update", RequestCode.AUTH_UPDATE_USER, "change a user; what is not said stays as it is"),
    USER_DELETE("user", "delete", RequestCode.AUTH_DELETE_USER, "delete a user and what that user may do"),
    ACL_LIST("acl", "list", RequestCode.AUTH_LIST_ACL, "list what users may do"),
    ACL_SHOW("acl", "show", RequestCode.AUTH_GET_ACL, "show what one user may do"),
    ACL_ALLOW("acl", "allow", RequestCode.AUTH_UPDATE_ACL, "let a user do something"),
    ACL_DENY("acl", "deny", RequestCode.AUTH_UPDATE_ACL, "keep a user from something that a wider policy allows"),
    ACL_DELETE(
            "acl",
            "delete",
            RequestCode.AUTH_DELETE_ACL,
            "forget what was said about a resource, or without one about all");

    private final String family;
    private final String word;
    private final int code;
    private final String help;

    AccessCommand(String family, String word, int code, String help) {
        this.family = family;
        this.word = word;
        this.code = code;
        this.help = help;
    }

    static AccessCommand of(String family, String word) {
        for (AccessCommand one : values()) {
            if (one.family.equals(family) && one.word.equals(word)) {
                return one;
            }
        }
        throw new IllegalArgumentException("no command is called " + family + " " + word);
    }

    /** {@code user} or {@code acl}. */
    String family() {
        return family;
    }

    String word() {
        return word;
    }

    /** The request's code. */
    int code() {
        return code;
    }

    String help() {
        return help;
    }

    Set<AccessOption> options() {
        Set<AccessOption> all = EnumSet.of(AccessOption.BROKER, AccessOption.JSON);
        all.addAll(ownOptions());
        return all;
    }

    private Set<AccessOption> ownOptions() {
        return switch (this) {
            case USER_LIST, ACL_LIST -> EnumSet.of(AccessOption.FILTER);
            case USER_CREATE -> EnumSet.of(AccessOption.SUPER, AccessOption.DISABLE, AccessOption.NEW_SECRET_FILE);
            case USER_UPDATE ->
                EnumSet.of(
                        AccessOption.SUPER,
                        AccessOption.NORMAL,
                        AccessOption.ENABLE,
                        AccessOption.DISABLE,
                        AccessOption.NEW_SECRET,
                        AccessOption.NEW_SECRET_FILE);
            case ACL_ALLOW, ACL_DENY ->
                EnumSet.of(AccessOption.RESOURCES, AccessOption.ACTIONS, AccessOption.FROM, AccessOption.DEFAULT);
            case ACL_DELETE -> EnumSet.of(AccessOption.RESOURCES, AccessOption.DEFAULT);
            case USER_SHOW, USER_DELETE, ACL_SHOW -> EnumSet.noneOf(AccessOption.class);
        };
    }

    /** Whether it is about one user, whom it names. */
    boolean namesUser() {
        return this != USER_LIST && this != ACL_LIST;
    }

    /** Whether it changes something, rather than ask. */
    boolean isOrder() {
        return switch (this) {
            case USER_LIST, USER_SHOW, ACL_LIST, ACL_SHOW -> false;
            case USER_CREATE, USER_UPDATE, USER_DELETE, ACL_ALLOW, ACL_DENY, ACL_DELETE -> true;
        };
    }
}
