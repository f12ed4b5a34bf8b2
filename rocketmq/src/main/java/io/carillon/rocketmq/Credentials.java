package io.carillon.rocketmq;

import io.carillon.base.Secret;
import io.carillon.remoting.Reply;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Whom requests of our own are signed as, in the way of official clients. Any thread. */
public record Credentials(String user, Secret secret) {
    private static final String ALGORITHM = "HmacSHA1";

    /** Adds the user and the signature to a request that is complete otherwise; once. */
    public Reply sign(Reply request) {
        request.ext(Session.ACCESS_KEY, user);
        return request.ext(Session.SIGNATURE, signature(request));
    }

    private String signature(Reply request) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.bytes(), ALGORITHM));
            new TreeMap<>(request.ext()).values().forEach(value -> mac.update(value.getBytes(StandardCharsets.UTF_8)));
            return Base64.getEncoder().encodeToString(mac.doFinal(request.body()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java lacks " + ALGORITHM, e);
        }
    }
}
