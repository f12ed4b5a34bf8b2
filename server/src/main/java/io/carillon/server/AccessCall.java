package io.carillon.server;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONObject;
import io.carillon.base.Secret;
import io.carillon.remoting.Reply;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * One request to a broker about users, as a command line asked for it.
 *
 * @param fields of the request's header
 * @param body of the request; empty for none
 * @param madeUp a secret that was made up and must be shown, when the broker took it; else nothing
 */
record AccessCall(
        AccessCommand command,
        HostPort broker,
        Map<String, String> fields,
        JSONObject body,
        Secret madeUp,
        boolean isJson,
        AskedAs as) {
    private static final String DEFAULT_BROKER = "127.0.0.1:10911";

    /**
     * @param secrets makes secrets up
     * @throws ParameterException when what was said makes no sense: says what was expected
     */
    static AccessCall of(String family, ParseResult said, Map<String, String> environment, Supplier<Secret> secrets) {
        try {
            return new Reading(family, said, secrets).call(AskedAs.of(said, environment));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(said.commandSpec().commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    Reply content() {
        Reply content = Reply.ok();
        fields.forEach(content::ext);
        return body.isEmpty() ? content : content.body(JSON.toJSONBytes(body));
    }

    /** Reads one command line; throws IllegalArgumentException. */
    private static final class Reading {
        private final ParseResult said;
        private final Supplier<Secret> secrets;
        private final AccessCommand command;
        private final Map<String, String> fields = new TreeMap<>();
        private final JSONObject body = new JSONObject();
        private Secret madeUp = Secret.NONE;

        private Reading(String family, ParseResult said, Supplier<Secret> secrets) {
            this.said = said;
            this.secrets = secrets;
            command = AccessCommand.of(family, said.commandSpec().name());
        }

        private AccessCall call(AskedAs as) {
            String name = command.namesUser() ? name() : "";
            switch (command) {
                case USER_LIST -> fields.put("filter", value(AccessOption.FILTER));
                case ACL_LIST -> fields.put("subjectFilter", value(AccessOption.FILTER));
                case USER_SHOW, USER_DELETE -> fields.put("username", name);
                case USER_CREATE, USER_UPDATE -> user(name);
                case ACL_SHOW -> fields.put("subject", "User:" + name);
                case ACL_ALLOW -> policy(name, "Allow");
                case ACL_DENY -> policy(name, "Deny");
                case ACL_DELETE -> deletion(name);
            }
            HostPort broker = HostPort.parse(said.matchedOptionValue(AccessOption.BROKER.flag(), DEFAULT_BROKER));
            return new AccessCall(command, broker, Map.copyOf(fields), body, madeUp, has(AccessOption.JSON), as);
        }

        private String name() {
            String name = said.matchedPositionalValue(0, "").strip();
            if (name.isEmpty()) {
                throw new IllegalArgumentException(
                        "which user? Say for example '" + command.family() + " " + command.word() + " alice'");
            }
            return name;
        }

        private boolean has(AccessOption option) {
            return command.options().contains(option) && said.hasMatchedOption(option.flag());
        }

        private String value(AccessOption option) {
            return has(option) ? said.matchedOptionValue(option.flag(), "").strip() : "";
        }

        private void user(String name) {
            fields.put("username", name);
            body.put("username", name);
            oneOf("userType", AccessOption.SUPER, "Super", AccessOption.NORMAL, "Normal");
            oneOf("userStatus", AccessOption.ENABLE, "enable", AccessOption.DISABLE, "disable");
            Secret secret = secret();
            if (!secret.isEmpty()) {
                body.put("password", secret.reveal());
            }
            if (body.size() == 1) {
                throw new IllegalArgumentException("what is to change? Say for example --disable or --new-secret");
            }
        }

        private void oneOf(String field, AccessOption yes, String yesText, AccessOption no, String noText) {
            if (has(yes) && has(no)) {
                throw new IllegalArgumentException(yes.flag() + " and " + no.flag() + " contradict each other");
            }
            if (has(yes) || has(no)) {
                body.put(field, has(yes) ? yesText : noText);
            }
        }

        private Secret secret() {
            if (has(AccessOption.NEW_SECRET_FILE)) {
                return Secret.of(ConfigReader.secretIn(Path.of(value(AccessOption.NEW_SECRET_FILE))));
            }
            if (has(AccessOption.NEW_SECRET) || command == AccessCommand.USER_CREATE) {
                madeUp = secrets.get();
            }
            return madeUp;
        }

        private void policy(String name, String decision) {
            JSONArray entries = new JSONArray();
            for (String resource : filled(AccessOption.RESOURCES)) {
                JSONObject entry = new JSONObject();
                entry.put("resource", resource);
                entry.put("actions", filled(AccessOption.ACTIONS));
                entry.put("sourceIps", list(AccessOption.FROM));
                entry.put("decision", decision);
                entries.add(entry);
            }
            fields.put("subject", "User:" + name);
            body.put("subject", "User:" + name);
            body.put("policies", JSONArray.of(JSONObject.of("policyType", kind(), "entries", entries)));
        }

        private String kind() {
            return has(AccessOption.DEFAULT) ? "Default" : "Custom";
        }

        private void deletion(String name) {
            fields.put("subject", "User:" + name);
            fields.put("policyType", kind());
            List<String> resources = list(AccessOption.RESOURCES);
            if (resources.size() > 1) {
                throw new IllegalArgumentException("delete one --resource at a time, or all without it");
            }
            resources.forEach(resource -> fields.put("resource", resource));
        }

        private List<String> filled(AccessOption option) {
            List<String> all = list(option);
            if (all.isEmpty()) {
                throw new IllegalArgumentException("say " + option.flag() + " "
                        + option.option().label() + ": " + option.option().help());
            }
            return all;
        }

        private List<String> list(AccessOption option) {
            return Arrays.stream(value(option).split(","))
                    .map(String::strip)
                    .filter(one -> !one.isEmpty())
                    .toList();
        }
    }
}
