package io.carillon.replication;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.carillon.base.Secret;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Connection;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Guard;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;

/**
 * Whoever connects and whoever is connected to prove to each other that they know the group's secret, before anything else
 * is said: each makes up a number, and seals both. The secret itself is not sent, and what is sent is of no use on another
 * connection. Format: docs/formats.md.
 */
final class Proof implements Guard {
    private static final Logger LOG = System.getLogger(Proof.class.getName());
    private static final int PROVE = 9543;
    private static final int PROVED = 9544;
    private static final int NUMBER_BYTES = 32;
    private static final long TIMEOUT_MS = 5_000;
    private static final byte[] ASKED = "carillon: the member that is asked".getBytes(UTF_8);
    private static final byte[] ASKING = "carillon: the member that asks".getBytes(UTF_8);

    private final byte[] group;
    private final Secret secret;
    private final RandomGenerator random;

    /** What is known of a connection that another one made. */
    private static final class Stranger {
        private final byte[] theirs;
        private final byte[] ours;
        private volatile boolean isMember;

        Stranger(byte[] theirs, byte[] ours) {
            this.theirs = theirs;
            this.ours = ours;
        }
    }

    /** @param secret not empty */
    Proof(String group, Secret secret, RandomGenerator random) {
        this.group = group.getBytes(UTF_8);
        this.secret = secret;
        this.random = random;
    }

    /** Has everything refused on a connection before the proof. */
    void guard(Dispatcher dispatcher) {
        dispatcher.on(PROVE, this::begin).on(PROVED, this::end).guard(this);
    }

    @Override
    public boolean admits(Request request) {
        if (request.code() == PROVE || request.code() == PROVED || knows(request.connection())) {
            return true;
        }
        request.reply(Reply.of(
                ResponseCode.NO_PERMISSION,
                "whoever asks must first prove to know the group's secret: security.cluster-secret"));
        return false;
    }

    @Override
    public boolean knows(Connection connection) {
        Stranger stranger = connection.attachment(Stranger.class);
        return stranger != null && stranger.isMember;
    }

    private void begin(Request request) {
        byte[] theirs = exactly(request, NUMBER_BYTES);
        Stranger stranger = new Stranger(theirs, number());
        request.connection().attach(Stranger.class, stranger);
        request.reply(Reply.ok().body(joined(stranger.ours, seal(ASKED, stranger.ours, stranger.theirs))));
    }

    private void end(Request request) {
        byte[] shown = exactly(request, NUMBER_BYTES);
        Connection connection = request.connection();
        Stranger stranger = connection.attachment(Stranger.class);
        if (stranger != null && MessageDigest.isEqual(shown, seal(ASKING, stranger.ours, stranger.theirs))) {
            stranger.isMember = true;
            request.reply(Reply.ok());
            return;
        }
        LOG.log(
                Level.WARNING,
                "refused remote={0} because=\"it does not know the secret of the group: security.cluster-secret"
                        + " must be the same for all members\"",
                connection.remoteAddress());
        request.reply(Reply.of(ResponseCode.NO_PERMISSION, "this is not the group's secret"));
        connection.close();
    }

    private static byte[] exactly(Request request, int bytes) {
        if (request.bodyBytes() != bytes) {
            throw new BadRequest("a proof has " + bytes + " bytes, not " + request.bodyBytes());
        }
        return request.copyBody();
    }

    /** Proves it to the other side of a connection that this one made, and has it prove it; then it is the connection. */
    CompletableFuture<Connection> prove(Connection connection) {
        byte[] ours = number();
        return connection
                .call(PROVE, Reply.ok().body(ours), TIMEOUT_MS)
                .thenCompose(shown -> connection.call(PROVED, Reply.ok().body(sealed(shown, ours)), TIMEOUT_MS))
                .thenApply(ended -> {
                    requireOk(ended);
                    return connection;
                });
    }

    private byte[] sealed(Response shown, byte[] ours) {
        requireOk(shown);
        byte[] theirs = Arrays.copyOf(shown.body(), NUMBER_BYTES);
        if (!MessageDigest.isEqual(shown.body(), joined(theirs, seal(ASKED, theirs, ours)))) {
            throw new CompletionException(
                    new IOException("it does not know the secret of the group: security.cluster-secret must be the same"
                            + " for all members"));
        }
        return seal(ASKING, theirs, ours);
    }

    private static void requireOk(Response response) {
        if (response.code() != ResponseCode.SUCCESS) {
            throw new CompletionException(new IOException("it does not take this one for a member of the group: code "
                    + response.code() + ", " + Objects.requireNonNullElse(response.remark(), "no reason")));
        }
    }

    private byte[] number() {
        byte[] number = new byte[NUMBER_BYTES];
        random.nextBytes(number);
        return number;
    }

    private byte[] seal(byte[] by, byte[] ofTheAsked, byte[] ofTheAsking) {
        Mac mac = secret.hmac();
        mac.update(by);
        mac.update(ofTheAsked);
        mac.update(ofTheAsking);
        return mac.doFinal(group);
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }
}
