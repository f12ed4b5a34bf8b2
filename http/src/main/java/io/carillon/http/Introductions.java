package io.carillon.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.RequestHeadersBuilder;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.netty.util.AsciiString;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/**
 * How a member that passes a request on says whose certificate it has seen, so that only a member can: in a header, sealed by
 * the group's secret together with the time and with what is asked of whom. What it says counts for this request alone, for
 * half a minute. The body is not sealed, which goes on while it comes in: the connection between the two protects it. Any
 * thread.
 *
 * <pre>
 *   carillon-client: TIME.NAME.SEAL      ms since 1970, as a number; UTF-8 as base64url; HMAC-SHA256 as base64url
 *   SEAL over: a sentence | TIME (8 bytes) | method | path with query | authority | NAME as UTF-8, each with its length before it
 * </pre>
 */
final class Introductions {
    static final AsciiString HEADER = AsciiString.cached("carillon-client");

    /** How long one counts, and how far the clocks of two members may differ. */
    static final long GOOD_FOR_MS = 30_000;

    private static final int NAME_BYTES_MAX = 512;
    private static final byte[] PURPOSE = "carillon: the client whose request a member passes on".getBytes(UTF_8);

    private final Secret secret;
    private final Ticker ticker;

    /** @param secret the group's; empty where there is none: then nobody is introduced, and no introduction counts */
    Introductions(Secret secret, Ticker ticker) {
        this.secret = secret;
        this.ticker = ticker;
    }

    /** Whether a client of this name can be introduced. */
    boolean areFor(String name) {
        return !secret.isEmpty() && name.getBytes(UTF_8).length <= NAME_BYTES_MAX;
    }

    /** Says who asks this. Whatever the headers said about it before counts no more. */
    RequestHeaders with(RequestHeaders headers, String name) {
        long nowMs = ticker.nowMs();
        byte[] bytes = name.getBytes(UTF_8);
        String said = nowMs + "." + text(bytes) + "." + text(seal(nowMs, headers, bytes));
        RequestHeadersBuilder all = headers.toBuilder();
        return all.set(HEADER, said).build();
    }

    /** Who asks this, as a member says; null when none does, or did so too long ago, or about another request. */
    @Nullable
    String read(RequestHeaders headers) {
        String said = headers.get(HEADER);
        String[] parts = said == null || secret.isEmpty() ? new String[0] : said.split("\\.", -1);
        if (parts.length != 3 || !parts[0].matches("[0-9]{1,15}") || parts[1].length() > 2 * NAME_BYTES_MAX) {
            return null;
        }
        long timeMs = Long.parseLong(parts[0]);
        byte[] name = bytes(parts[1]);
        byte[] seal = bytes(parts[2]);
        boolean isNow = Math.abs(ticker.nowMs() - timeMs) <= GOOD_FOR_MS;
        boolean isSealed = name != null && seal != null && MessageDigest.isEqual(seal, seal(timeMs, headers, name));
        return isNow && isSealed && name != null ? new String(name, UTF_8) : null;
    }

    private static String text(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte @Nullable [] bytes(String text) {
        try {
            return Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException _) { // then no member wrote it
            return null;
        }
    }

    private byte[] seal(long timeMs, RequestHeaders headers, byte[] name) {
        Mac mac = secret.hmac();
        mac.update(PURPOSE);
        mac.update(ByteBuffer.allocate(8).putLong(timeMs).array());
        update(mac, headers.method().name());
        update(mac, headers.path());
        update(mac, String.valueOf(headers.authority()));
        update(mac, name);
        return mac.doFinal();
    }

    private static void update(Mac mac, String text) {
        update(mac, text.getBytes(UTF_8));
    }

    private static void update(Mac mac, byte[] bytes) {
        mac.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
        mac.update(bytes);
    }
}
