package io.carillon.systemtests.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/**
 * Runs mqadmin's commands one after the other in a JVM that has Apache's tools on its class path, as starting that JVM takes
 * longer than any command. A line of the input is a command, its words parted by {@link #SEPARATOR}.
 */
public final class MqAdminShell {
    static final String SEPARATOR = "\u0001";
    static final String DONE = "mqadmin has ended ";

    private MqAdminShell() {}

    public static void main(String[] args) throws IOException, ReflectiveOperationException {
        Class<?> hook = Class.forName("org.apache.rocketmq.remoting.RPCHook");
        Method main = Class.forName("org.apache.rocketmq.tools.command.MQAdminStartup")
                .getMethod("main0", String[].class, hook);
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        int count = 0;
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(SEPARATOR, -1);
            Shutdowns.run(() -> run(main, words)); // each command makes a client of its own
            System.out.println();
            System.out.println(DONE + count++);
        }
    }

    @SuppressWarnings("CatchAndPrintStackTrace") // its output is what the test reads
    private static void run(Method main, String[] words) {
        try {
            main.invoke(null, words, null);
        } catch (InvocationTargetException e) {
            e.getCause().printStackTrace();
        } catch (IllegalAccessException e) {
            e.printStackTrace();
        }
    }
}
