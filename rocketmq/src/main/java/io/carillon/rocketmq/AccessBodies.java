package io.carillon.rocketmq;

import io.carillon.broker.access.Action;
import io.carillon.broker.access.Policies;
import io.carillon.broker.access.PolicyEntry;
import io.carillon.broker.access.PolicyEntry.Decision;
import io.carillon.broker.access.PolicyKind;
import io.carillon.broker.access.Resource;
import io.carillon.broker.access.SourceRange;
import io.carillon.broker.access.User;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.ResponseCode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The JSON bodies of users and policies. A user's secret is taken and never given back. */
final class AccessBodies {
    private static final String USER = "User:";

    private AccessBodies() {}

    static JsonText user(User user) {
        return new JsonText()
                .add("username", user.name())
                .add("userType", user.isSuper() ? "Super" : "Normal")
                .add("userStatus", user.isEnabled() ? "enable" : "disable");
    }

    /** @return whether the type is super; null when none is named */
    static @Nullable Boolean isSuper(JsonFields body) {
        return oneOf(body, "userType", "Super", "Normal");
    }

    /** @return whether the status is enabled; null when none is named */
    static @Nullable Boolean isEnabled(JsonFields body) {
        return oneOf(body, "userStatus", "enable", "disable");
    }

    private static @Nullable Boolean oneOf(JsonFields body, String name, String yes, String no) {
        String value = body.text(name, "");
        if (value.isBlank()) {
            return null;
        }
        if (value.equalsIgnoreCase(yes) || value.equalsIgnoreCase(no)) {
            return value.equalsIgnoreCase(yes);
        }
        throw invalid(name + " is " + yes + " or " + no + ", not " + JsonFields.cut(value));
    }

    /** The user that a subject such as {@code User:alice} names. */
    static String userOf(String subject) {
        if (!subject.regionMatches(true, 0, USER, 0, USER.length()) || subject.length() == USER.length()) {
            throw invalid("a subject is User: and a user's name, not '" + JsonFields.cut(subject) + "'");
        }
        return subject.substring(USER.length());
    }

    /** One user's policies; with a filter only the entries whose resource contains it. */
    static JsonText policies(String user, Policies policies, String resourceFilter) {
        List<JsonText> kinds = new ArrayList<>();
        for (PolicyKind kind : PolicyKind.values()) {
            List<JsonText> entries = policies.of(kind).stream()
                    .filter(entry -> entry.resource().toString().contains(resourceFilter))
                    .map(AccessBodies::entry)
                    .toList();
            if (!entries.isEmpty()) {
                kinds.add(new JsonText().add("policyType", kind.text()).addText("entries", JsonText.array(entries)));
            }
        }
        return new JsonText().add("subject", USER + user).addText("policies", JsonText.array(kinds));
    }

    private static JsonText entry(PolicyEntry entry) {
        return new JsonText()
                .add("resource", entry.resource().toString())
                .add(
                        "actions",
                        entry.actions().stream().sorted().map(Action::text).toList())
                .add(
                        "sourceIps",
                        entry.sources().stream().map(SourceRange::toString).toList())
                .add("decision", entry.decision().text());
    }

    /** Entries of one kind, as a request brings them. */
    record Entries(PolicyKind kind, List<PolicyEntry> entries) {}

    static List<Entries> entries(JsonFields body) {
        List<Entries> all = new ArrayList<>();
        for (JsonFields policy : body.objects("policies")) {
            List<PolicyEntry> entries =
                    policy.objects("entries").stream().map(AccessBodies::entry).toList();
            if (!entries.isEmpty()) {
                all.add(new Entries(kind(policy.text("policyType", "")), entries));
            }
        }
        if (all.isEmpty()) {
            throw invalid("The policies is empty.");
        }
        return all;
    }

    static PolicyKind kind(String text) {
        return text.isBlank()
                ? PolicyKind.CUSTOM
                : PolicyKind.of(text)
                        .orElseThrow(() -> invalid("policyType is Custom or Default, not " + JsonFields.cut(text)));
    }

    static Resource resource(String text) {
        try {
            return Resource.parse(text);
        } catch (IllegalArgumentException e) {
            throw invalid(String.valueOf(e.getMessage()));
        }
    }

    private static PolicyEntry entry(JsonFields json) {
        Set<Action> actions = EnumSet.noneOf(Action.class);
        for (String name : json.texts("actions", List.of())) {
            actions.add(Action.of(name).orElseThrow(() -> invalid("no action is called " + JsonFields.cut(name))));
        }
        try {
            return new PolicyEntry(
                    Resource.parse(json.required("resource")),
                    actions,
                    json.texts("sourceIps", List.of()).stream()
                            .map(SourceRange::parse)
                            .toList(),
                    decision(json.text("decision", "")));
        } catch (IllegalArgumentException e) {
            throw invalid(String.valueOf(e.getMessage()));
        }
    }

    private static Decision decision(String text) {
        for (Decision decision : Decision.values()) {
            if (decision.text().equalsIgnoreCase(text)) {
                return decision;
            }
        }
        throw invalid("The decision is null or illegal.");
    }

    static BadRequest invalid(String text) {
        return new BadRequest(ResponseCode.INVALID_PARAMETER, text);
    }
}
