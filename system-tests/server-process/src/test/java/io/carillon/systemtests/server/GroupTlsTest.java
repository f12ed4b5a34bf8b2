package io.carillon.systemtests.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Certificate;
import io.carillon.systemtests.harness.Workspace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A group whose members encrypt all that they ask each other and the name server. */
class GroupTlsTest {
    private static final Pattern RENEWED = Pattern.compile("(new certificate in force)");

    @Test
    void followersPassOnEncryptedAlsoWithACertificateThatWasRenewed() throws Exception {
        Path folder = Workspace.folder("group-tls-files");
        Path certificate = folder.resolve("server.pem");
        Path key = folder.resolve("server-key.pem");
        Certificate.make(folder, "first").copyTo(certificate, key);
        List<String> files = settings("tls.certificate=" + certificate, "tls.key=" + key, "tls.trust=" + certificate);
        List<String> encrypting = settings("tls.outgoing=true", "replication.tls=true");
        try (CarillonGroup group = CarillonGroup.start(
                "group-tls",
                3,
                files,
                Stream.concat(files.stream(), encrypting.stream()).toList())) {
            Certificate second = Certificate.make(folder, "second");
            second.copyTo(certificate, key);
            for (CarillonServer node : group.nodes()) {
                node.brokerProcess().awaitLine(RENEWED, Duration.ofSeconds(20));
                assertThat(second.isShownAt(node.broker())).isTrue();
            }

            group.awaitThatAllServe();
            group.handOver(group.awaitLeader());
            group.awaitThatAllServe();
        }
    }

    private static List<String> settings(String... all) {
        return Stream.of(all).flatMap(setting -> Stream.of("--set", setting)).toList();
    }
}
