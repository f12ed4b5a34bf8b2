package io.carillon.systemtests.harness;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.opentest4j.TestAbortedException;

/**
 * One server for all test classes of a JVM that do not stop it, handed to tests as a parameter of type {@link Server}.
 *
 * <p>Such tests keep apart by topics and groups of their own. When a test fails, the end of the server's output is printed.
 */
public final class SharedServer implements ParameterResolver, AfterTestExecutionCallback {
    private static @Nullable Server server;

    /** The server of this JVM, started by the first who asks. */
    public static synchronized Server get() {
        if (server == null) {
            server = Server.start("shared");
        }
        return server;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Server.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return get();
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        boolean hasFailed = context.getExecutionException()
                .filter(e -> !(e instanceof TestAbortedException))
                .isPresent();
        if (hasFailed && server != null) {
            System.err.println(context.getDisplayName() + " failed; the server said at last: "
                    + server.brokerProcess().tail());
        }
    }
}
