package io.carillon.server;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * One request to a broker about messages that wait, as a command line asked for it.
 *
 * @param fields of the request's header
 */
record ScheduleCall(
        ScheduleCommand command, HostPort broker, Map<String, String> fields, boolean isJson, TimeText times) {
    private static final int BODY_BYTES_MAX = 1 << 20;
    private static final String DEFAULT_BROKER = "127.0.0.1:10911";

    /** @throws ParameterException when what was said makes no sense: says what was expected */
    static ScheduleCall of(ParseResult said, long nowMs) {
        try {
            return new Reading(said, nowMs).call();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(said.commandSpec().commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    /** Reads one command line; throws IllegalArgumentException. */
    private static final class Reading {
        private final ParseResult said;
        private final ScheduleCommand command;
        private final TimeText times;
        private final Map<String, String> fields = new TreeMap<>();

        private Reading(ParseResult said, long nowMs) {
            this.said = said;
            command = ScheduleCommand.of(said.commandSpec().name());
            times = new TimeText(zone(said.matchedOptionValue(ScheduleOption.ZONE.flag(), "UTC")), nowMs);
        }

        private static ZoneId zone(String text) {
            try {
                return ZoneId.of(text);
            } catch (DateTimeException e) {
                throw new IllegalArgumentException(
                        "not a time zone: '" + text + "', write for example UTC, Europe/Paris or +02:00", e);
            }
        }

        private ScheduleCall call() {
            for (ScheduleOption option : command.options()) {
                if (!option.option().isSwitch() && said.hasMatchedOption(option.flag())) {
                    take(option, said.matchedOptionValue(option.flag(), "").strip());
                }
            }
            if (command == ScheduleCommand.SHOW && said.hasMatchedOption(ScheduleOption.BODY.flag())) {
                fields.put("bodyMax", Integer.toString(BODY_BYTES_MAX));
            }
            takeOperand(said.matchedPositionalValue(0, "").strip());
            if (command == ScheduleCommand.RESCHEDULE && !fields.containsKey("dueMs")) {
                throw new IllegalArgumentException("when is it to be due? Say --to TIME or --in DURATION");
            }
            HostPort broker = HostPort.parse(said.matchedOptionValue(ScheduleOption.BROKER.flag(), DEFAULT_BROKER));
            return new ScheduleCall(
                    command, broker, Map.copyOf(fields), said.hasMatchedOption(ScheduleOption.JSON.flag()), times);
        }

        private void take(ScheduleOption option, String value) {
            switch (option) {
                case BROKER, ZONE, JSON, BODY -> {}
                case AFTER -> fields.put("after", filled(option, value));
                case TOPIC -> fields.put("topic", filled(option, value));
                case KEY -> fields.put("key", filled(option, value));
                case FROM -> fields.put("fromMs", time(value));
                case UNTIL -> fields.put("toMs", time(value));
                case MAX -> fields.put("max", count(value));
                case BY -> fields.put("spanMs", span(value));
                case DUE -> takeDue(time(value));
                case IN ->
                    takeDue(Long.toString(
                            times.nowMs() + TimeText.parseSpan(value).toMillis()));
            }
        }

        private static String filled(ScheduleOption option, String value) {
            if (value.isEmpty()) {
                throw new IllegalArgumentException(option.flag() + " wants a value that is not empty");
            }
            return value;
        }

        private String time(String text) {
            return Long.toString(times.parse(text));
        }

        private void takeDue(String dueMs) {
            if (fields.put("dueMs", dueMs) != null) {
                throw new IllegalArgumentException("--to and --in both say when: use one of them");
            }
        }

        private static String count(String text) {
            if (!text.matches("[1-9]\\d{0,2}|1000")) {
                throw new IllegalArgumentException("--max wants a number from 1 to 1000, not '" + text + "'");
            }
            return text;
        }

        private static String span(String text) {
            Duration span = switch (text.toLowerCase(Locale.ROOT)) {
                case "minute" -> Duration.ofMinutes(1);
                case "hour" -> Duration.ofHours(1);
                case "day" -> Duration.ofDays(1);
                default -> throw new IllegalArgumentException("--by wants minute, hour or day, not '" + text + "'");
            };
            return Long.toString(span.toMillis());
        }

        private void takeOperand(String operand) {
            if (command.namesMessage()) {
                takeName(operand);
            } else if (!command.operand().isEmpty()) {
                if (operand.isEmpty()) {
                    throw new IllegalArgumentException("which topic? Say for example '" + command.word() + " Orders'");
                }
                fields.put("topic", operand);
            }
        }

        private void takeName(String id) {
            boolean hasTopic = fields.containsKey("topic");
            boolean hasKey = fields.containsKey("key");
            if (!id.isEmpty() && (hasTopic || hasKey)) {
                throw new IllegalArgumentException("an id says which message is meant: leave --topic and --key out");
            }
            if (id.isEmpty() && !(hasTopic && hasKey)) {
                throw new IllegalArgumentException("which message? Say its id, or --topic TOPIC and --key KEY");
            }
            if (!id.isEmpty() && !id.matches("\\d{1,9}-\\d{1,10}")) {
                throw new IllegalArgumentException(
                        "'" + id + "' is no id, which looks like 486111-0: 'carillon schedule list' shows them");
            }
            if (!id.isEmpty()) {
                fields.put("id", id);
            }
        }
    }
}
