package io.carillon.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import io.carillon.replication.LibraryErrors;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Hears what the Raft library says to be wrong while it is started. It is silent otherwise, as {@link LogSetup} has it; where a
 * file says otherwise of its loggers, they go on as they are.
 */
final class RaftErrors extends AppenderBase<ILoggingEvent> implements LibraryErrors {
    static final String LIBRARY = "com.alipay";
    private static final int COUNT_MAX = 10;

    private final Logger library;
    private final boolean isSilent;
    private final List<String> heard = new CopyOnWriteArrayList<>();

    private RaftErrors(Logger library) {
        this.library = library;
        isSilent = library.getEffectiveLevel() == Level.OFF;
    }

    /** From now on. */
    static LibraryErrors begin() {
        if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return NONE; // another logging backend took the place of ours, and is set up by whoever did that
        }
        RaftErrors errors = new RaftErrors(context.getLogger(LIBRARY));
        errors.setContext(context);
        errors.start();
        errors.open();
        return errors;
    }

    private void open() {
        if (isSilent) {
            library.setAdditive(false);
            library.setLevel(Level.ERROR);
        }
        library.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        String told = event.getFormattedMessage() + cause(event.getThrowableProxy());
        if (event.getLevel().isGreaterOrEqual(Level.ERROR) && heard.size() < COUNT_MAX && !heard.contains(told)) {
            heard.add(told);
        }
    }

    private static String cause(@Nullable IThrowableProxy thrown) {
        return thrown == null ? "" : " (" + thrown.getClassName() + ": " + thrown.getMessage() + ")";
    }

    @Override
    public List<String> heard() {
        return List.copyOf(heard);
    }

    @Override
    public void close() {
        library.detachAppender(this);
        if (isSilent) {
            library.setLevel(Level.OFF);
            library.setAdditive(true);
        }
        stop();
    }
}
