package io.carillon.testkit.stores;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;

/**
 * A certificate for this machine that vouches for itself, and its key, as PEM files; made by the JDK's own tool.
 *
 * @param key as PKCS#8
 */
public record PemFiles(Path certificate, Path key) {
    private static final String PASSWORD = "changeit";

    /** Makes some anew. */
    public static PemFiles make(Path folder, String commonName) {
        Path store = folder.resolve(commonName + ".p12");
        StoreProcess.run(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-alias",
                        "own",
                        "-dname",
                        "CN=" + commonName,
                        "-ext",
                        "SAN=ip:127.0.0.1,dns:localhost",
                        "-ext",
                        "BC:critical=ca:true",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD),
                folder.resolve("keytool.log"));
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, PASSWORD.toCharArray());
            byte[] certificate = keys.getCertificate("own").getEncoded();
            byte[] key = keys.getKey("own", PASSWORD.toCharArray()).getEncoded();
            return new PemFiles(
                    Files.write(folder.resolve(commonName + ".pem"), pem("CERTIFICATE", certificate)),
                    Files.write(folder.resolve(commonName + "-key.pem"), pem("PRIVATE KEY", key)));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static byte[] pem(String what, byte[] der) {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return ("-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n").getBytes(US_ASCII);
    }
}
