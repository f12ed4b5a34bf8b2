package io.carillon.rocketmq;

import io.carillon.broker.access.Access;
import io.carillon.broker.access.AccessResult;
import io.carillon.broker.access.AccessService;
import io.carillon.broker.access.Policies;
import io.carillon.broker.access.PolicyKind;
import io.carillon.broker.access.Resource;
import io.carillon.broker.access.SealedSecret;
import io.carillon.broker.access.SecretBox;
import io.carillon.broker.access.User;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Handler;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Users and their policies: request codes 3001 to 3010. */
final class AccessHandler implements Handlers {
    private final AccessService access;
    private final @Nullable SecretBox box;
    /** Tools order the same of each member of a group of replicas, and all of that comes to the one that leads. */
    private final boolean isOrderedAgain;

    /**
     * @param box seals secrets; null when requests are not checked, and then users cannot be made either
     * @param isOfGroup whether this broker is a member of a group of replicas
     */
    AccessHandler(AccessService access, @Nullable SecretBox box, boolean isOfGroup) {
        this.access = access;
        this.box = box;
        isOrderedAgain = isOfGroup;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        on(dispatcher, RequestCode.AUTH_CREATE_USER, this::createUser);
        on(dispatcher, RequestCode.AUTH_UPDATE_USER, this::updateUser);
        on(dispatcher, RequestCode.AUTH_DELETE_USER, this::deleteUser);
        on(dispatcher, RequestCode.AUTH_GET_USER, this::getUser);
        on(dispatcher, RequestCode.AUTH_LIST_USER, this::listUsers);
        on(dispatcher, RequestCode.AUTH_CREATE_ACL, this::putPolicies);
        on(dispatcher, RequestCode.AUTH_UPDATE_ACL, this::putPolicies);
        on(dispatcher, RequestCode.AUTH_DELETE_ACL, this::deletePolicies);
        on(dispatcher, RequestCode.AUTH_GET_ACL, this::getPolicies);
        on(dispatcher, RequestCode.AUTH_LIST_ACL, this::listPolicies);
    }

    /** Whoever could make users while nobody is checked would still have them when somebody is. */
    private void on(Dispatcher dispatcher, int code, Handler handler) {
        dispatcher.on(
                code,
                box != null
                        ? handler
                        : request -> request.reply(Reply.of(
                                ResponseCode.SYSTEM_ERROR,
                                "there are no users while security is off: start the server with --secure")));
    }

    private void createUser(Request request) {
        String name = name(request);
        JsonFields body = JsonFields.parse(request.copyBody(), "a user");
        String secret = body.text("password", "");
        boolean isSuper = Boolean.TRUE.equals(AccessBodies.isSuper(body));
        if (secret.isBlank()) {
            throw AccessBodies.invalid("password can not be blank");
        }
        if (isSuper && !isBySuper(request)) {
            request.reply(Reply.of(ResponseCode.SYSTEM_ERROR, "The super user can only be create by super user"));
            return;
        }
        boolean isEnabled = !Boolean.FALSE.equals(AccessBodies.isEnabled(body));
        User wanted = new User(name, sealed(name, secret), isSuper, isEnabled);
        if (isOrderedAgain && isThere(wanted)) {
            request.reply(Reply.ok());
        } else {
            access.createUser(wanted, told(request.replyTo()));
        }
    }

    /** Whether there is such a user, with this secret. */
    private boolean isThere(User wanted) {
        SecretBox opened = Objects.requireNonNull(box);
        User known = access.current().find(wanted.name());
        return known != null
                && known.isSuper() == wanted.isSuper()
                && known.isEnabled() == wanted.isEnabled()
                && opened.canOpen(known)
                && MessageDigest.isEqual(opened.open(known), opened.open(wanted));
    }

    private void updateUser(Request request) {
        String name = name(request);
        JsonFields body = JsonFields.parse(request.copyBody(), "a user");
        String secret = body.text("password", "");
        User before = access.current().find(name);
        if (before == null) {
            refuse(request, "The user is not exist");
            return;
        }
        boolean isSuper = Objects.requireNonNullElse(AccessBodies.isSuper(body), before.isSuper());
        if ((isSuper || before.isSuper()) && !isBySuper(request)) {
            refuse(request, "The super user can only be update by super user");
            return;
        }
        User after = new User(
                name,
                secret.isBlank() ? before.secret() : sealed(name, secret),
                isSuper,
                Objects.requireNonNullElse(AccessBodies.isEnabled(body), before.isEnabled()));
        access.updateUser(after, told(request.replyTo()));
    }

    private void deleteUser(Request request) {
        String name = name(request);
        User before = access.current().find(name);
        if (before != null && before.isSuper() && !isBySuper(request)) {
            refuse(request, "The super user can only be update by super user");
            return;
        }
        access.deleteUser(name, told(request.replyTo()));
    }

    private static String name(Request request) {
        String name = Objects.requireNonNullElse(request.ext("username"), "").strip();
        if (name.isEmpty()) {
            throw AccessBodies.invalid("The username is blank");
        }
        try {
            return User.checkName(name);
        } catch (IllegalArgumentException e) {
            throw AccessBodies.invalid(String.valueOf(e.getMessage()));
        }
    }

    private static boolean isBySuper(Request request) {
        User by = Session.userOf(request.connection());
        return by != null && by.isSuper();
    }

    private SealedSecret sealed(String name, String secret) {
        try {
            return Objects.requireNonNull(box).seal(name, secret.getBytes(StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw AccessBodies.invalid(String.valueOf(e.getMessage()));
        }
    }

    private static void refuse(Request request, String why) {
        request.reply(Reply.of(ResponseCode.NO_PERMISSION, why));
    }

    private static Consumer<AccessResult> told(ReplyTo replyTo) {
        return result -> replyTo.send(reply(result));
    }

    private static Reply reply(AccessResult result) {
        return switch (result) {
            case AccessResult.Done _ -> Reply.ok();
            case AccessResult.Denied(String why) -> Reply.of(ResponseCode.NO_PERMISSION, why);
            case AccessResult.NotWritten(var refusal) -> Aside.refusal(refusal);
        };
    }

    private void getUser(Request request) {
        User user = access.current().find(name(request));
        request.reply(
                user == null
                        ? Reply.ok()
                        : Reply.ok().body(AccessBodies.user(user).bytes()));
    }

    private void listUsers(Request request) {
        String filter = Objects.requireNonNullElse(request.ext("filter"), "").strip();
        List<JsonText> users = access.current().users().values().stream()
                .filter(user -> user.name().contains(filter))
                .sorted(Comparator.comparing(User::name))
                .map(AccessBodies::user)
                .toList();
        reply(request, users);
    }

    /** An empty list has no body. */
    private static void reply(Request request, List<JsonText> all) {
        Reply reply = Reply.ok();
        request.reply(all.isEmpty() ? reply : reply.body(JsonText.array(all).getBytes(StandardCharsets.UTF_8)));
    }

    private void putPolicies(Request request) {
        JsonFields body = JsonFields.parse(request.copyBody(), "an acl");
        String user = AccessBodies.userOf(body.text("subject", Objects.requireNonNullElse(request.ext("subject"), "")));
        put(user, new ArrayDeque<>(AccessBodies.entries(body)), told(request.replyTo()));
    }

    /** One kind after the other; what was durable before one is refused stays. */
    private void put(String user, Deque<AccessBodies.Entries> left, Consumer<AccessResult> told) {
        AccessBodies.Entries next = left.pop();
        access.putEntries(user, next.kind(), next.entries(), result -> {
            if (result instanceof AccessResult.Done && !left.isEmpty()) {
                put(user, left, told);
            } else {
                told.accept(result);
            }
        });
    }

    private void deletePolicies(Request request) {
        String user = AccessBodies.userOf(request.required("subject"));
        PolicyKind kind = AccessBodies.kind(Permissions.optional(request, "policyType"));
        String text = Permissions.optional(request, "resource");
        Resource resource = text.isEmpty() ? null : AccessBodies.resource(text);
        Access now = access.current();
        if (isOrderedAgain && now.find(user) != null && now.policiesOf(user).isEmpty()) {
            request.reply(Reply.ok());
            return;
        }
        access.deleteEntries(user, kind, resource, told(request.replyTo()));
    }

    private void getPolicies(Request request) {
        String user = AccessBodies.userOf(request.required("subject"));
        Access now = access.current();
        Policies policies = now.policiesOf(user);
        if (now.find(user) == null) {
            refuse(request, "The subject is not exist.");
        } else {
            request.reply(
                    policies.isEmpty()
                            ? Reply.ok()
                            : Reply.ok()
                                    .body(AccessBodies.policies(user, policies, "")
                                            .bytes()));
        }
    }

    private void listPolicies(Request request) {
        String subjects = Permissions.optional(request, "subjectFilter");
        String resources = Permissions.optional(request, "resourceFilter");
        Map<String, Policies> sorted = new TreeMap<>(access.current().policies());
        List<JsonText> all = sorted.entrySet().stream()
                .filter(one -> ("User:" + one.getKey()).contains(subjects))
                .filter(one -> hasResource(one.getValue(), resources))
                .map(one -> AccessBodies.policies(one.getKey(), one.getValue(), resources))
                .toList();
        reply(request, all);
    }

    private static boolean hasResource(Policies policies, String filter) {
        return policies.custom().stream()
                        .anyMatch(entry -> entry.resource().toString().contains(filter))
                || policies.defaults().stream()
                        .anyMatch(entry -> entry.resource().toString().contains(filter));
    }
}
