package io.carillon.delayqueue;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;

/** The scripts in {@code lua/}: each one works on one bucket, in one step that nobody else sees the middle of. */
enum Script {
    ADD,
    MOVE,
    CLAIM,
    CHECK,
    ACK,
    EXTEND,
    RELEASE,
    TAKE,
    WHERE,
    LEASE,
    NODES,
    HORIZON,
    GROUPS,
    DROP,
    COUNT,
    GEN,
    DYING,
    DEPTH,
    FLIGHT;

    private final String text;
    private final String sha;

    Script() {
        String file = name().toLowerCase(java.util.Locale.ROOT) + ".lua";
        text = Migrations.read("lua/common.lua") + Migrations.read("lua/" + file);
        sha = sha(text);
    }

    private static String sha(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    byte[] text() {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The name under which Redis knows it once it has seen it. */
    byte[] sha() {
        return sha.getBytes(StandardCharsets.US_ASCII);
    }
}
