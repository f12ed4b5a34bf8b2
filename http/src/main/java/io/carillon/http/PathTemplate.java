package io.carillon.http;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A path of the API's annotations, such as {@code /v1/topics/{topic}/groups/{group}:pull}: segments that are literal or
 * name a field, and maybe a verb.
 */
record PathTemplate(String text, List<String> segments, String verb) {
    static PathTemplate of(String text) {
        int lastSlash = text.lastIndexOf('/');
        int colon = text.indexOf(':', lastSlash);
        String path = colon < 0 ? text : text.substring(0, colon);
        return new PathTemplate(
                text, List.of(path.substring(1).split("/", -1)), colon < 0 ? "" : text.substring(colon + 1));
    }

    private static boolean isField(String segment) {
        return segment.startsWith("{");
    }

    private static String field(String segment) {
        return segment.substring(1, segment.length() - 1);
    }

    private static String decoded(String segment) {
        try {
            return QueryStringDecoder.decodeComponent(segment.replace("+", "%2B"));
        } catch (IllegalArgumentException e) {
            throw new Rejected(Problem.invalid("", "the path is not written as paths are: " + e.getMessage()));
        }
    }

    /** The fields that the path gives, or null when it is another path. */
    @Nullable
    Map<String, String> match(PathTemplate path) {
        if (path.segments().size() != segments.size() || !path.verb().equals(verb)) {
            return null;
        }
        for (int i = 0; i < segments.size(); i++) {
            String wanted = segments.get(i);
            if (!isField(wanted) && !wanted.equals(path.segments().get(i))) {
                return null;
            }
        }
        return fields(path);
    }

    private Map<String, String> fields(PathTemplate path) {
        Map<String, String> fields = new HashMap<>();
        for (int i = 0; i < segments.size(); i++) {
            String wanted = segments.get(i);
            if (isField(wanted)) {
                String given = path.segments().get(i);
                fields.put(field(wanted), decoded(given));
            }
        }
        return fields;
    }
}
