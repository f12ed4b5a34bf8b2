package io.carillon.http;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import java.net.InetAddress;
import java.net.URI;
import java.security.Principal;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Finds out who asks, and turns away who may not or asks too often. Any thread. */
final class Gate {
    private static final String BEARER = "bearer ";
    private static final Set<String> OF_THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]", "::1");
    /** For each address. */
    static final int FAILURES_PER_SECOND = 20;

    private final Callers callers;
    private final Introductions introductions;
    private final boolean isEncrypted;
    private final Rates rates;
    private final Rates failures;
    private final LongAdder refusedCallers;
    private final LongAdder refusedRates;

    /**
     * @param isEncrypted whether who does not encrypt is turned away
     * @param requestRateMax for each caller; 0 for any number
     */
    Gate(
            Callers callers,
            Introductions introductions,
            boolean isEncrypted,
            int requestRateMax,
            Ticker ticker,
            Counters counters) {
        this.callers = callers;
        this.introductions = introductions;
        this.isEncrypted = isEncrypted;
        rates = new Rates(requestRateMax, ticker);
        failures = new Rates(FAILURES_PER_SECOND, ticker);
        refusedCallers = counters.counter("http_unauthenticated_requests");
        refusedRates = counters.counter("http_rate_limited_requests");
    }

    /** Whether everybody may do everything. */
    boolean isOpen() {
        return callers.isOpen();
    }

    /**
     * Who asks, and how that is known.
     *
     * @param certificate the name in the certificate by which the caller is known; empty when it is known otherwise
     */
    record Admitted(Caller caller, String certificate) {}

    /** Who asks. Throws {@link Rejected} when nobody may ask so. */
    Caller admit(ServiceRequestContext context, RequestHeaders headers) {
        return identify(context, headers).caller();
    }

    /** As {@link #admit}, for who passes the request on. */
    Admitted identify(ServiceRequestContext context, RequestHeaders headers) {
        if (isEncrypted && !context.sessionProtocol().isTls()) {
            throw new Rejected(Problem.unencrypted());
        }
        refuseForeignPages(context, headers);
        Admitted admitted = callers.isOpen() ? new Admitted(Caller.ANYBODY, "") : named(context, headers);
        String counted = callers.isOpen() ? address(context) : admitted.caller().name();
        if (!rates.mayPass(counted)) {
            refusedRates.increment();
            throw new Rejected(new Problem(
                    429,
                    "busy",
                    "more than " + rates.perSecond() + " requests per second: ask less often",
                    "request_rate_max",
                    rates.perSecond(),
                    1_000));
        }
        return admitted;
    }

    private Admitted named(ServiceRequestContext context, RequestHeaders headers) {
        String from = address(context);
        if (failures.isExhausted(from)) {
            throw new Rejected(new Problem(
                    429,
                    "busy",
                    "too many wrong tokens: wait a second",
                    "wrong_token_rate_max",
                    FAILURES_PER_SECOND,
                    1_000));
        }
        Caller byToken = byToken(headers);
        if (byToken != null) {
            return new Admitted(byToken, "");
        }
        String certificate = certificate(context, headers);
        Caller byCertificate = certificate == null ? null : callers.byCertificate(certificate);
        if (byCertificate != null && certificate != null) {
            return new Admitted(byCertificate, certificate);
        }
        refusedCallers.increment();
        boolean isCounted = headers.get(HttpHeaderNames.AUTHORIZATION) == null || failures.mayPass(from);
        throw new Rejected(Problem.unauthenticated(
                isCounted ? "say who you are: Authorization: Bearer TOKEN, with a token of this server" : "no"));
    }

    /** The name that the caller's certificate has. That of what was passed on is the certificate of the node that did so. */
    private @Nullable String certificate(ServiceRequestContext context, RequestHeaders headers) {
        if (!headers.contains(Relay.MARK)) {
            return shown(context.sslSession());
        }
        return context.sessionProtocol().isTls() ? introductions.read(headers) : null;
    }

    private @Nullable Caller byToken(RequestHeaders headers) {
        String said = headers.get(HttpHeaderNames.AUTHORIZATION);
        boolean isBearer = said != null && said.regionMatches(true, 0, BEARER, 0, BEARER.length());
        return said != null && isBearer
                ? callers.byToken(said.substring(BEARER.length()).strip())
                : null;
    }

    private static @Nullable String shown(@Nullable SSLSession session) {
        if (session == null) {
            return null;
        }
        try {
            Certificate[] shown = session.getPeerCertificates();
            return shown.length > 0 && shown[0] instanceof X509Certificate first
                    ? commonName(first.getSubjectX500Principal())
                    : null;
        } catch (SSLPeerUnverifiedException _) { // it showed none
            return null;
        }
    }

    private static @Nullable String commonName(Principal subject) {
        try {
            for (Rdn part : new LdapName(subject.getName()).getRdns()) {
                if (part.getType().equalsIgnoreCase("CN")) {
                    return String.valueOf(part.getValue());
                }
            }
            return null;
        } catch (InvalidNameException _) { // then it names nobody
            return null;
        }
    }

    private static String address(ServiceRequestContext context) {
        InetAddress at = context.remoteAddress().getAddress();
        return at == null ? "" : at.getHostAddress();
    }

    /**
     * A page of somebody else in a browser of this machine must not reach a server that trusts this machine: neither by a
     * request of its own, nor by a name of its own for this address.
     */
    private void refuseForeignPages(ServiceRequestContext context, RequestHeaders headers) {
        String host = hostOf(Objects.requireNonNullElse(headers.authority(), ""));
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        if (origin != null && !host.equals(originHost(origin))) {
            throw new Rejected(Problem.forbidden("requests of web pages that are not this server's are refused"));
        }
        boolean isTrusting = callers.isOpen() && isLoopback(context);
        if (isTrusting && !host.isEmpty() && !OF_THIS_MACHINE.contains(host)) {
            throw new Rejected(Problem.forbidden(
                    "a server without tokens answers only by the names of this machine, not as '" + host + "'"));
        }
    }

    private static boolean isLoopback(ServiceRequestContext context) {
        InetAddress at = context.localAddress().getAddress();
        return at != null && at.isLoopbackAddress();
    }

    private static String originHost(String origin) {
        try {
            String host = URI.create(origin).getHost();
            return host == null ? "" : host.toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException _) { // "null", or nothing that names a host
            return "";
        }
    }

    /** Without the port; an address of IPv6 stands in brackets where a port may follow. */
    private static String hostOf(String authority) {
        int colon = authority.lastIndexOf(':');
        boolean isBracketed = authority.startsWith("[");
        boolean hasPort = colon > authority.lastIndexOf(']') && (isBracketed || authority.indexOf(':') == colon);
        return (hasPort ? authority.substring(0, colon) : authority).toLowerCase(Locale.ROOT);
    }
}
