package io.carillon.server;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import com.alibaba.fastjson2.JSON;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Writes what is logged as one JSON object on a line of its own, in UTF-8: {@code time} (UTC, milliseconds), {@code
 * level}, {@code thread}, {@code logger}, {@code message} as the text format has it, {@code error} with its stack trace
 * where there is one, and a field for each {@code key=value} or {@code key="more than a word"} in the message. Whole
 * numbers and truth values are such in JSON, everything else is text. Any thread.
 */
final class JsonLines extends EncoderBase<ILoggingEvent> {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private static final Pattern VALUE =
            Pattern.compile("(?<![\\w.-])([A-Za-z][\\w.-]*)=(?:\"([^\"]*)\"|(\\S+?)(?=[,;:)]?(?:\\s|$)))");

    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,18}");
    private static final byte[] NOTHING = {};

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("time", TIME.format(event.getInstant()));
        fields.put("level", event.getLevel().toString());
        fields.put("thread", event.getThreadName());
        fields.put("logger", event.getLoggerName());
        String message = event.getFormattedMessage();
        fields.put("message", message);
        IThrowableProxy error = event.getThrowableProxy();
        if (error != null) {
            fields.put("error", ThrowableProxyUtil.asString(error));
        }
        VALUE.matcher(message).results().forEach(found -> fields.putIfAbsent(found.group(1), valueOf(found)));
        return (JSON.toJSONString(fields) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static Object valueOf(MatchResult found) {
        String word = found.group(3);
        if (word == null) {
            return found.group(2);
        }
        if (NUMBER.matcher(word).matches()) {
            return Long.parseLong(word);
        }
        return word.equals("true") || word.equals("false") ? Boolean.valueOf(word) : word;
    }
}
