package io.carillon.http;

import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.TlsProvider;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerTlsConfig;
import io.netty.handler.ssl.ClientAuth;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What connections are encrypted with: asked by each handshake, so that it can be changed under way. Any thread. */
final class LiveTls implements TlsProvider {
    private record Material(TlsKeyPair own, List<X509Certificate> trusted) {}

    private final ClientAuth clients;
    private volatile Material material;

    /** @throws IllegalArgumentException when it does not fit together */
    LiveTls(HttpTls tls) {
        clients = tls.trustPem() == null
                ? ClientAuth.NONE
                : tls.areClientsNamed() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL;
        material = read(tls);
    }

    /** From now on; whether clients show certificates stays as it was. */
    void use(HttpTls tls) {
        material = read(tls);
    }

    private static Material read(HttpTls tls) {
        TlsKeyPair own = TlsKeyPair.of(
                new ByteArrayInputStream(tls.keyPem()),
                tls.keyPassword(),
                new ByteArrayInputStream(tls.certificatePem()));
        byte[] trust = tls.trustPem();
        return new Material(own, trust == null ? List.of() : certificates(trust));
    }

    private static List<X509Certificate> certificates(byte[] pem) {
        try {
            return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem)).stream()
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (CertificateException e) {
            throw new IllegalArgumentException("no certificates: " + e.getMessage(), e);
        }
    }

    void encrypt(ServerBuilder builder) {
        builder.tlsProvider(this, ServerTlsConfig.builder().clientAuth(clients).build());
    }

    /** For calls of our own: the other one must be vouched for by those who vouch for clients, or by whom this machine trusts. */
    TlsProvider outgoing() {
        return new TlsProvider() {
            @Override
            public TlsKeyPair keyPair(String hostname) {
                return material.own();
            }

            @Override
            public @Nullable List<X509Certificate> trustedCertificates(String hostname) {
                List<X509Certificate> trusted = material.trusted();
                return trusted.isEmpty() ? null : trusted;
            }
        };
    }

    @Override
    public TlsKeyPair keyPair(String hostname) {
        return material.own();
    }

    @Override
    public List<X509Certificate> trustedCertificates(String hostname) {
        return material.trusted();
    }
}
