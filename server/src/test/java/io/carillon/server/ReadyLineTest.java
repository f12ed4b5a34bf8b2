package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadyLineTest {
    private static final HostPort NAMESERVER = new HostPort("127.0.0.1", 9876);
    private static final HostPort BROKER = new HostPort("127.0.0.1", 10911);
    private static final Path DATA = Path.of("/srv/data");

    @Test
    void namesEveryPartThatServes() {
        assertThat(new ReadyLine(NAMESERVER, BROKER, null, DATA, 742))
                .hasToString("carillon ready nameserver=127.0.0.1:9876 broker=127.0.0.1:10911 data=/srv/data in 0.74s");
    }

    @Test
    void leavesOutWhatTheRoleDoesNotHave() {
        assertThat(new ReadyLine(NAMESERVER, null, null, null, 5))
                .hasToString("carillon ready nameserver=127.0.0.1:9876 in 0.01s");
        assertThat(new ReadyLine(null, BROKER, null, DATA, 12_340))
                .hasToString("carillon ready broker=127.0.0.1:10911 data=/srv/data in 12.34s");
    }
}
