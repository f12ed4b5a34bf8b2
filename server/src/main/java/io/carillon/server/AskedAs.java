package io.carillon.server;

import io.carillon.base.Secret;
import io.carillon.remoting.ClientTls;
import io.carillon.remoting.TlsMaterial;
import io.carillon.rocketmq.Credentials;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * As whom a command asks a broker, and whether what it says is encrypted. The secret comes from the environment or a
 * file: on the command line every user of the machine could read it.
 */
record AskedAs(@Nullable Credentials credentials, @Nullable ClientTls tls) {
    static final String USER_VARIABLE = "CARILLON_USER";
    static final String SECRET_VARIABLE = "CARILLON_SECRET";

    private static final String USER = "--user";
    private static final String SECRET_FILE = "--secret-file";
    private static final String TLS = "--tls";
    private static final String TRUST = "--tls-trust";

    static final AskedAs NOBODY = new AskedAs(null, null);

    /** The options of every command that asks a broker. */
    static List<OptionSpec> options() {
        return List.of(
                valued(USER, "NAME", "ask as this user (default: " + USER_VARIABLE + " of the environment)"),
                valued(
                        SECRET_FILE,
                        "FILE",
                        "whose secret is this file's first line (default: " + SECRET_VARIABLE + ")"),
                OptionSpec.builder(TLS).description("encrypt what is said").build(),
                valued(TRUST, "FILE", "PEM file of the certificates that vouch for the broker; means --tls"));
    }

    private static OptionSpec valued(String flag, String label, String help) {
        return new CommandOption(flag, label, help).spec();
    }

    /** @throws ParameterException when a user is named without a secret, or a secret is given for nobody */
    static AskedAs of(ParseResult said, Map<String, String> environment) {
        try {
            return new AskedAs(credentials(said, environment), tls(said));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(said.commandSpec().commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private static @Nullable Credentials credentials(ParseResult said, Map<String, String> environment) {
        String user = said.matchedOptionValue(USER, environment.getOrDefault(USER_VARIABLE, ""));
        String secret = said.hasMatchedOption(SECRET_FILE)
                ? ConfigReader.secretIn(Path.of(said.matchedOptionValue(SECRET_FILE, "")))
                : environment.getOrDefault(SECRET_VARIABLE, "");
        if (user.isEmpty() && secret.isEmpty()) {
            return null;
        }
        if (user.isEmpty()) {
            throw new IllegalArgumentException("whose secret is it? Say " + USER + " NAME or set " + USER_VARIABLE);
        }
        if (secret.isEmpty()) {
            throw new IllegalArgumentException(
                    "user " + user + " needs a secret: say " + SECRET_FILE + " FILE or set " + SECRET_VARIABLE);
        }
        return new Credentials(user, Secret.of(secret));
    }

    private static @Nullable ClientTls tls(ParseResult said) {
        boolean hasTrust = said.hasMatchedOption(TRUST);
        if (!hasTrust && !said.hasMatchedOption(TLS)) {
            return null;
        }
        byte @Nullable [] trust = hasTrust ? ConfigReader.bytesOf(Path.of(said.matchedOptionValue(TRUST, ""))) : null;
        return new ClientTls(new TlsMaterial(null, null, Secret.NONE, trust));
    }
}
