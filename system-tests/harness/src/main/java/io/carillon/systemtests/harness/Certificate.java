package io.carillon.systemtests.harness;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** A certificate for 127.0.0.1 with its key, made by the JDK's keytool, as PEM files. */
public final class Certificate {
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final X509Certificate certificate;
    private final byte[] certificatePem;
    private final byte[] keyPem;

    private final KeyStore keys;

    private Certificate(KeyStore keys) throws GeneralSecurityException {
        this.keys = keys;
        certificate = (X509Certificate) keys.getCertificate("server");
        certificatePem = pem("CERTIFICATE", certificate.getEncoded());
        keyPem = pem("PRIVATE KEY", keys.getKey("server", PASSWORD).getEncoded());
    }

    /** Makes one; {@code name} is of the store that keytool writes into {@code folder}. */
    public static Certificate make(Path folder, String name) throws IOException, GeneralSecurityException {
        Path store = folder.resolve(name + ".p12");
        List<String> command = List.of(
                Path.of(Workspace.java()).resolveSibling("keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-alias",
                "server",
                "-dname",
                "CN=" + name,
                "-ext",
                "SAN=ip:127.0.0.1,dns:localhost",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD));
        try (OsProcess process = OsProcess.start("keytool-" + name, folder, command, Map.of())) {
            if (process.awaitExit(Duration.ofSeconds(30)) != 0) {
                throw new AssertionError(process.output());
            }
        }
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        return new Certificate(keys);
    }

    /** For a client that shows this certificate, and takes nobody but its bearer for the server. */
    public SSLContext ofClient() throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, PASSWORD);
        trusted.setCertificateEntry("server", certificate);
        TrustManagerFactory trusts = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusts.init(trusted);
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trusts.getTrustManagers(), null);
        return context;
    }

    private static byte[] pem(String what, byte[] der) {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return ("-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n").getBytes(US_ASCII);
    }

    /** Puts both files where a server looks for them, each in one step, as who renews certificates does. */
    public void copyTo(Path certificateFile, Path keyFile) throws IOException {
        put(certificatePem, certificateFile);
        put(keyPem, keyFile);
    }

    private static void put(byte[] bytes, Path file) throws IOException {
        Path next = Files.write(file.resolveSibling(file.getFileName() + ".next"), bytes);
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Whether a server shows this certificate to who connects now. */
    public boolean isShownAt(String address) throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anybody()}, null);
        int colon = address.lastIndexOf(':');
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)))) {
            socket.startHandshake();
            return Arrays.equals(socket.getSession().getPeerCertificates()[0].getEncoded(), certificate.getEncoded());
        }
    }

    /** Trusts everybody: what is shown is looked at, and nothing is said. */
    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
