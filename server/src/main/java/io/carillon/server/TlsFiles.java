package io.carillon.server;

import io.carillon.base.Agent;
import io.carillon.base.CarillonException.BadConfig;
import io.carillon.base.Ticker;
import io.carillon.remoting.ClientTls;
import io.carillon.remoting.SelfSigned;
import io.carillon.remoting.ServerTls;
import io.carillon.remoting.TlsConfig;
import io.carillon.remoting.TlsMaterial;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Agent: reads the files of certificates and keys, and again when they change, so that a new certificate is in force
 * without a restart and without anybody losing a connection. Files that do not fit together, such as one that was
 * replaced before the other, change nothing.
 */
final class TlsFiles implements Agent {
    private static final Logger LOG = LoggerFactory.getLogger(TlsFiles.class);
    private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(1);

    private final TlsConfig config;
    private final Ticker ticker;
    private final ServerTls tls;
    private final List<Consumer<TlsMaterial>> others = new CopyOnWriteArrayList<>();
    private volatile TlsMaterial current;
    private long stamp;
    private long dueNs;

    private TlsFiles(TlsConfig config, Ticker ticker) {
        this.config = config;
        this.ticker = ticker;
        stamp = stampOf(config);
        dueNs = ticker.nanoTime() + LOOK_NS;
        current = material(config, ticker);
        tls = new ServerTls(config.mode() == TlsConfig.Mode.ENFORCING, config.clientCertificates(), current);
    }

    /** @throws BadConfig when there are files that cannot be read or do not fit; null when nothing is to be encrypted */
    static @Nullable TlsFiles of(TlsConfig config, Ticker ticker) {
        return config.isOffered() ? new TlsFiles(config, ticker) : null;
    }

    /**
     * What our own calls are encrypted with; null when they are not.
     *
     * @param files when there are some that may change, and then new connections are made with what they hold by then
     */
    static @Nullable ClientTls outgoing(TlsConfig config, @Nullable TlsFiles files, Ticker ticker) {
        if (!config.outgoing()) {
            return null;
        }
        if (files == null) {
            return new ClientTls(material(config, ticker));
        }
        ClientTls tls = new ClientTls(files.current());
        files.alsoTell(tls::use);
        return tls;
    }

    private static TlsMaterial material(TlsConfig config, Ticker ticker) {
        byte @Nullable [] trust = TlsConfig.isSet(config.trust()) ? ConfigReader.bytesOf(config.trust()) : null;
        if (config.selfSigned()) {
            SelfSigned own = SelfSigned.make(ticker.nowMs());
            return new TlsMaterial(own.certificatePem(), own.keyPem(), config.keyPassword(), trust);
        }
        if (!config.hasCertificate()) {
            return new TlsMaterial(null, null, config.keyPassword(), trust);
        }
        return new TlsMaterial(
                ConfigReader.bytesOf(config.certificate()),
                ConfigReader.bytesOf(config.key()),
                config.keyPassword(),
                trust);
    }

    ServerTls tls() {
        return tls;
    }

    /** What was read last and fits together. Any thread. */
    TlsMaterial current() {
        return current;
    }

    /** Told of what was read anew, on the thread that reads it. */
    void alsoTell(Consumer<TlsMaterial> other) {
        others.add(other);
    }

    private static long stampOf(TlsConfig config) {
        return Stream.of(config.certificate(), config.key(), config.trust())
                .filter(TlsConfig::isSet)
                .mapToLong(ConfigReader::stampOf)
                .reduce(17, (all, one) -> 31 * all + one);
    }

    @Override
    public int doWork() {
        if (dueNs - ticker.nanoTime() > 0) {
            return 0;
        }
        dueNs = ticker.nanoTime() + LOOK_NS;
        long now = stampOf(config);
        if (now == stamp) {
            return 0;
        }
        stamp = now;
        read();
        return 1;
    }

    private void read() {
        try {
            TlsMaterial changed = material(config, ticker);
            tls.use(changed);
            current = changed;
            others.forEach(other -> other.accept(changed));
            LOG.info("new certificate in force certificate={}", config.certificate());
        } catch (BadConfig e) {
            LOG.warn("the changed certificate is not used, the one before stays in force: {}", e.getMessage());
        }
    }

    @Override
    public long restNs() {
        return Math.max(0, dueNs - ticker.nanoTime());
    }

    @Override
    public String name() {
        return "tls-files";
    }
}
