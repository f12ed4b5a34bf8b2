package io.carillon.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.LoggerFactory;

/**
 * Sets logging up in code, which costs a start far less than a file: one line per event on standard error. A file that
 * {@code -Dlogback.configurationFile=...} names takes its place. What is logged before the settings are read is text.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {
    private static final String FILE = "logback.configurationFile";
    private static final String STDERR = "stderr";

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        if (System.getProperty(FILE) != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        PatternLayoutEncoder text = new PatternLayoutEncoder();
        text.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger{0} %msg%n");
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(stderr(context, text));
        context.getLogger("io.netty").setLevel(Level.WARN);
        // They tell of each of their settings; what matters of them, such as the port, is told by us.
        context.getLogger("com.linecorp.armeria").setLevel(Level.WARN);
        // A store that goes and comes back is told of once, by the delay queue and not by each connection.
        context.getLogger("com.zaxxer.hikari").setLevel(Level.ERROR);
        context.getLogger("org.mariadb.jdbc").setLevel(Level.ERROR);
        // The Raft library speaks of every vote, with a stack trace of every peer that does not answer, and tells us of
        // what it cannot mend; but not why it does not start, see RaftErrors.
        context.getLogger(RaftErrors.LIBRARY).setLevel(Level.OFF);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** From now on the process logs in this format, unless a file of logback's says how it does. */
    static void use(LogFormat format) {
        if (format == LogFormat.TEXT || System.getProperty(FILE) != null) {
            return;
        }
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.detachAppender(STDERR);
        root.addAppender(stderr(context, new JsonLines()));
    }

    private static ConsoleAppender<ILoggingEvent> stderr(LoggerContext context, Encoder<ILoggingEvent> encoder) {
        encoder.setContext(context);
        encoder.start();
        ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
        stderr.setName(STDERR);
        stderr.setContext(context);
        stderr.setTarget("System.err");
        stderr.setEncoder(encoder);
        stderr.start();
        return stderr;
    }
}
