package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.carillon.base.Counters;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.IoGroup;
import io.carillon.remoting.LocalDatagrams;
import io.carillon.remoting.RemotingClient;
import io.carillon.remoting.RemotingConfig;
import io.carillon.testkit.ManualTicker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class SupervisorTest {
    private static final String SIGN = "WATCHDOG=1";
    /** Signs of life each 5 ms. */
    private static final String LIMIT_US = "10000";

    private static final AtomicInteger NAMES = new AtomicInteger();

    @TempDir
    Path folder;

    private final ManualTicker ticker = new ManualTicker();
    private final Threads threads = new Threads();
    private final IoGroup io = IoGroup.open(1, threads.io(), RemotingConfig.DEFAULT, ticker, new Counters());
    /** What a supervisor tells from. */
    private final IoGroup telling = IoGroup.open(1, Threads.watchdog(), RemotingConfig.DEFAULT, ticker, new Counters());

    private final Log log = new Log();

    @BeforeEach
    void onlyWhereThereAreSuchSockets() {
        Assumptions.assumeTrue(LocalDatagrams.isAvailable(), "needs epoll");
        log.begin();
    }

    @AfterEach
    void close() {
        log.end();
        telling.close();
        io.close();
        threads.close();
    }

    @Test
    void tellsThatItServesGivesSignsOfLifeAndTellsThatItStops() throws Exception {
        String path = folder.resolve("notify").toString();
        try (DatagramListener listener = new DatagramListener(path)) {
            Supervisor supervisor = supervisor(Map.of("NOTIFY_SOCKET", path, "WATCHDOG_USEC", LIMIT_US));

            supervisor.serves("ready at 1", io.turns());
            assertThat(listener.next()).isEqualTo("READY=1\nSTATUS=ready at 1");
            for (int n = 0; n < 3; n++) {
                assertThat(listener.next()).isEqualTo(SIGN);
            }

            supervisor.servesNoMore();
            assertThat(listener.nextBut(SIGN)).isEqualTo("STATUS=begins anew");
            supervisor.serves("ready at 2", io.turns());
            assertThat(listener.nextBut(SIGN)).isEqualTo("READY=1\nSTATUS=ready at 2");

            supervisor.stops();
            assertThat(listener.nextBut(SIGN)).startsWith("STOPPING=1\n");
            assertThat(listener.next()).as("a stop takes a while").isEqualTo(SIGN);
            assertThat(log.warnings).isEmpty();
        }
    }

    @Test
    void isHeardAtASocketThatIsNoFile() throws Exception {
        String name = "carillon-test-" + ProcessHandle.current().pid() + "-" + NAMES.incrementAndGet();
        try (DatagramListener listener = new DatagramListener('\0' + name)) {
            Supervisor supervisor = supervisor(Map.of("NOTIFY_SOCKET", "@" + name));

            supervisor.serves("ready", io.turns());
            supervisor.stops();

            assertThat(listener.next()).startsWith("READY=1\n");
            assertThat(listener.next()).as("no signs of life unasked").startsWith("STOPPING=1\n");
        }
    }

    @Test
    void saysOnceThatNobodyListensAndIsHeardWhenSomebodyDoes() throws Exception {
        String path = folder.resolve("notify").toString();
        Supervisor supervisor = supervisor(Map.of("NOTIFY_SOCKET", path, "WATCHDOG_USEC", LIMIT_US));

        supervisor.serves("ready", io.turns());
        assertThat(log.nextWarning()).contains("does not hear it").contains(path);

        for (int n = 0; n < 2; n++) { // one that is made anew is another socket
            try (DatagramListener listener = new DatagramListener(path)) {
                assertThat(listener.next()).isEqualTo(SIGN);
                assertThat(listener.next()).isEqualTo(SIGN);
                assertThat(log.warnings).as("once each time that it is gone").isEmpty();
            }
            assertThat(log.nextWarning()).contains("does not hear it");
        }
    }

    @Test
    void givesNoSignOfLifeWhileAnIoThreadHangs() throws Exception {
        String path = folder.resolve("notify").toString();
        CountDownLatch free = new CountDownLatch(1);
        try (DatagramListener listener = new DatagramListener(path)) {
            Supervisor supervisor = supervisor(Map.of("NOTIFY_SOCKET", path, "WATCHDOG_USEC", LIMIT_US));
            hangUntil(free);
            supervisor.serves("ready", io.turns());
            listener.next();
            listener.next();
            ticker.advance(Supervisor.STUCK);
            listener.forget();
            assertThat(listener.next()).as("it may hang for so long").isEqualTo(SIGN);

            ticker.advance(Duration.ofMillis(1));
            assertThat(log.nextWarning()).contains("an I/O thread has not come round for 60 s");
            listener.forget();
            assertThat(listener.isSilentFor(100)).isTrue();
            assertThat(log.warnings).as("once").isEmpty();

            free.countDown();
            assertThat(listener.next()).isEqualTo(SIGN);
        } finally {
            free.countDown();
        }
    }

    /** Keeps the only I/O thread from coming round. */
    private void hangUntil(CountDownLatch free) throws Exception {
        CountDownLatch hangs = new CountDownLatch(1);
        InetSocketAddress closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
        }
        new RemotingClient(io, new Dispatcher()).connect(closed).whenComplete((_, _) -> {
            hangs.countDown();
            try {
                free.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertThat(hangs.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void givesSignsTwiceAsOftenAsIsAskedForAndOnlyWhereItIsAsked() {
        String own = Long.toString(ProcessHandle.current().pid());
        assertThat(Supervisor.rest(Map.of())).isZero();
        assertThat(Supervisor.rest(Map.of("WATCHDOG_USEC", "3000000"))).isEqualTo(Duration.ofMillis(1500));
        assertThat(Supervisor.rest(Map.of("WATCHDOG_USEC", "3000000", "WATCHDOG_PID", own)))
                .isEqualTo(Duration.ofMillis(1500));
        assertThat(Supervisor.rest(Map.of("WATCHDOG_USEC", "3000000", "WATCHDOG_PID", own + "0")))
                .isZero();
        assertThat(log.warnings).isEmpty();
    }

    @Test
    void saysWhatIsWrongWithTheLimitAndGoesOn() throws Exception {
        for (String wrong : new String[] {"3s", "0", "-1", " ", "99999999999999999999"}) {
            assertThat(Supervisor.rest(Map.of("WATCHDOG_USEC", wrong))).isZero();
            assertThat(log.nextWarning()).contains("WATCHDOG_USEC=" + wrong + " is no number of microseconds");
        }
    }

    @Test
    void saysThatAnAddressIsNoSocketAndGoesOn() throws Exception {
        for (String wrong : new String[] {"relative/path", "vsock:2:1"}) {
            Supervisor supervisor = supervisor(Map.of("NOTIFY_SOCKET", wrong, "WATCHDOG_USEC", LIMIT_US));
            assertThat(log.nextWarning()).contains("NOTIFY_SOCKET=" + wrong);

            supervisor.serves("ready", io.turns());
            supervisor.stops();
        }
        supervisor(Map.of()).serves("ready", io.turns());
        assertThat(log.warnings).isEmpty();
    }

    @Test
    void saysThatAPathIsTooLongForASocket() throws IOException, InterruptedException {
        String path = "/" + "x".repeat(200);

        supervisor(Map.of("NOTIFY_SOCKET", path)).serves("ready", io.turns());

        assertThat(log.nextWarning()).contains("does not hear it").contains(path);
    }

    private Supervisor supervisor(Map<String, String> environment) {
        return Supervisor.of(environment, () -> telling);
    }

    /** What the class under test says to operators. */
    private static final class Log extends AppenderBase<ILoggingEvent> {
        final BlockingQueue<String> warnings = new LinkedBlockingQueue<>();
        private final Logger logger = (Logger) LoggerFactory.getLogger(Supervisor.class);

        void begin() {
            start();
            logger.addAppender(this);
        }

        void end() {
            logger.detachAppender(this);
        }

        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
                warnings.add(event.getFormattedMessage());
            }
        }

        String nextWarning() throws InterruptedException {
            String next = warnings.poll(20, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("no warning");
            }
            return next;
        }
    }
}
