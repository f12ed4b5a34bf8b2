package io.carillon.broker.access;

import io.carillon.base.Secret;
import java.nio.file.Path;

/**
 * Whether clients must show who they are, and what that takes.
 *
 * @param enabled whether every request must be signed by a user who may do what it asks for
 * @param admin the first user, who may do everything; made when there is no user yet
 * @param adminSecret that user's secret: it holds from the next start on, whatever it was before; when empty, one is made
 *     up and printed once as the user is made; {@code file:PATH} takes it from a file
 * @param keyFile the key that seals users' secrets, made when it is missing; when empty, the data folder's path with
 *     {@code .key} at its end
 * @param key that key itself, 32 bytes in Base64, instead of a file
 * @param clusterUser whom a broker signs as when it registers at name servers elsewhere, and who may register at a name
 *     server that runs by itself; empty for nobody
 * @param clusterSecret that user's secret
 * @param replayCheck which orders of administrators are refused when they come on a second connection: none ({@code off}),
 *     those from other machines without TLS ({@code remote}), or all ({@code always})
 */
public record SecurityConfig(
        boolean enabled,
        String admin,
        Secret adminSecret,
        Path keyFile,
        Secret key,
        String clusterUser,
        Secret clusterSecret,
        ReplayCheck replayCheck) {
    /** Which orders must not come twice. */
    public enum ReplayCheck {
        OFF,
        REMOTE,
        ALWAYS
    }

    public static final SecurityConfig DEFAULT = new SecurityConfig(
            false, "admin", Secret.NONE, Path.of(""), Secret.NONE, "", Secret.NONE, ReplayCheck.REMOTE);

    public SecurityConfig {
        User.checkName(admin);
        if (clusterUser.isEmpty() != clusterSecret.isEmpty()) {
            throw new IllegalArgumentException("security.cluster-user and security.cluster-secret go together");
        }
        if (!clusterUser.isEmpty()) {
            User.checkName(clusterUser);
        }
    }
}
