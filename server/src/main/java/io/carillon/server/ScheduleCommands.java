package io.carillon.server;

import io.carillon.base.Ticker;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import java.io.PrintStream;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code carillon schedule ...}: looks at messages that wait in a running broker, and changes what becomes of them. It is
 * a client: it takes no data folder, and ends after one answer.
 */
final class ScheduleCommands {
    static final String NAME = "schedule";

    private final PrintStream out;
    private final PrintStream err;
    private final Ticker ticker;
    private final Function<ScheduleCall, Response> broker;

    /** @param broker answers; throws {@link NoAnswer} when it does not */
    ScheduleCommands(PrintStream out, PrintStream err, Ticker ticker, Function<ScheduleCall, Response> broker) {
        this.out = out;
        this.err = err;
        this.ticker = ticker;
        this.broker = broker;
    }

    /** Adds the commands and their options to one that has been named and described. */
    static CommandSpec fill(CommandSpec schedule, Function<ScheduleCommand, CommandSpec> empty) {
        for (ScheduleCommand command : ScheduleCommand.values()) {
            CommandSpec spec = empty.apply(command);
            command.options().forEach(option -> spec.addOption(option.option().spec()));
            AskedAs.options().forEach(spec::addOption);
            if (!command.operand().isEmpty()) {
                spec.addPositional(operand(command));
            }
            schedule.addSubcommand(command.word(), spec);
        }
        return schedule;
    }

    private static PositionalParamSpec operand(ScheduleCommand command) {
        return PositionalParamSpec.builder()
                .index("0")
                .arity("0..1")
                .type(String.class)
                .paramLabel(command.operand())
                .description(
                        command.namesMessage()
                                ? "id of the message, as lists show it; or say --topic and --key"
                                : "name of the topic")
                .build();
    }

    /** Does what was said; returns the exit code. */
    int run(ParseResult schedule) {
        return new CommandFamily(out, err).run(schedule, said -> {
            ScheduleCall call = ScheduleCall.of(said, ticker.nowMs());
            return tell(call, broker.apply(call));
        });
    }

    private int tell(ScheduleCall call, Response response) {
        ScheduleOutput output = new ScheduleOutput(call, response);
        boolean isDone = response.code() == ResponseCode.SUCCESS;
        if (call.isJson()) {
            out.println(output.json());
        } else if (isDone) {
            out.print(output.text());
        } else {
            err.println("carillon: " + output.refusal());
            err.print(output.candidates());
        }
        return isDone ? ExitCode.OK : ExitCode.REFUSED;
    }
}
