package io.carillon.rocketmq;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONException;
import com.alibaba.fastjson2.JSONObject;
import io.carillon.remoting.BadRequest;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the members of a JSON object that a client sent, as plain trees: no type that the text names is ever made.
 * Unknown members are not looked at, absent or null ones have defaults, one of a wrong type is a {@link BadRequest}.
 */
final class JsonFields {
    private final JSONObject json;
    private final String what;

    private JsonFields(JSONObject json, String what) {
        this.json = json;
        this.what = what;
    }

    /** @param what names the object in a fault's text */
    static JsonFields parse(byte[] body, String what) {
        try {
            if (body.length > 0 && PlainJson.parse(body) instanceof JSONObject object) {
                return new JsonFields(object, what);
            }
        } catch (JSONException e) {
            throw new BadRequest(what + ": the body is not JSON: " + firstLine(e));
        }
        throw new BadRequest(what + ": the body is not a JSON object");
    }

    /** What the library says, without the text around the place. */
    static String firstLine(JSONException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    String required(String name) {
        String value = text(name, "");
        if (value.isEmpty()) {
            throw new BadRequest(what + ": " + name + " is missing");
        }
        return value;
    }

    String text(String name, String otherwise) {
        return switch (json.get(name)) {
            case null -> otherwise;
            case String text -> text;
            case Object other -> throw wrong(name, "a text", other);
        };
    }

    int number(String name, int otherwise) {
        long value = longNumber(name, otherwise);
        if (value < Integer.MIN_VALUE || value > Integer.MAX_VALUE) {
            throw wrong(name, "a whole number of 32 bits", value);
        }
        return (int) value;
    }

    long longNumber(String name, long otherwise) {
        Object value = json.get(name);
        return value == null ? otherwise : whole(name, value);
    }

    private long whole(String name, @Nullable Object value) {
        if (value instanceof Number || value instanceof String) {
            try {
                return new BigDecimal(value.toString()).longValueExact();
            } catch (ArithmeticException | NumberFormatException e) {
                throw wrong(name, "a whole number", value);
            }
        }
        throw wrong(name, "a whole number", value);
    }

    boolean flag(String name, boolean otherwise) {
        return switch (json.get(name)) {
            case null -> otherwise;
            case Boolean flag -> flag;
            case String text when text.equals("true") -> true;
            case String text when text.equals("false") -> false;
            case Object other -> throw wrong(name, "true or false", other);
        };
    }

    /** A member's value as JSON text again, whatever it is. */
    String json(String name, String otherwise) {
        Object value = json.get(name);
        return value == null ? otherwise : JSON.toJSONString(value);
    }

    /** The values of an object of texts. */
    Map<String, String> texts(String name) {
        Object value = json.get(name);
        if (value == null) {
            return Map.of();
        }
        if (!(value instanceof JSONObject object)) {
            throw wrong(name, "an object", value);
        }
        Map<String, String> all = new LinkedHashMap<>();
        object.forEach((key, text) -> {
            if (text != null) {
                all.put(key, text.toString());
            }
        });
        return all;
    }

    /** The elements of an array of texts; others when there is no array. */
    List<String> texts(String name, List<String> otherwise) {
        if (json.get(name) == null) {
            return otherwise;
        }
        List<String> all = new ArrayList<>();
        for (Object element : array(name)) {
            if (!(element instanceof String text)) {
                throw wrong(name, "an array of texts", element);
            }
            all.add(text.strip());
        }
        return all;
    }

    boolean has(String name) {
        return json.get(name) != null;
    }

    /** The object of this name, or null when there is none. */
    @Nullable
    JsonFields object(String name) {
        return switch (json.get(name)) {
            case null -> null;
            case JSONObject object -> new JsonFields(object, what);
            case Object other -> throw wrong(name, "an object", other);
        };
    }

    /** The elements of an array of whole numbers. */
    List<Long> longNumbers(String name) {
        List<Long> all = new ArrayList<>();
        for (Object element : array(name)) {
            all.add(whole(name, element));
        }
        return all;
    }

    /** The elements of an array as JSON text each. */
    List<String> elements(String name) {
        List<String> all = new ArrayList<>();
        for (Object element : array(name)) {
            all.add(JSON.toJSONString(element));
        }
        return all;
    }

    /** The elements of an array of objects. */
    List<JsonFields> objects(String name) {
        List<JsonFields> all = new ArrayList<>();
        for (Object element : array(name)) {
            if (!(element instanceof JSONObject object)) {
                throw wrong(name, "an array of objects", element);
            }
            all.add(new JsonFields(object, what));
        }
        return all;
    }

    private JSONArray array(String name) {
        return switch (json.get(name)) {
            case null -> new JSONArray();
            case JSONArray array -> array;
            case Object other -> throw wrong(name, "an array", other);
        };
    }

    private BadRequest wrong(String name, String wanted, @Nullable Object found) {
        return new BadRequest(what + ": " + name + " must be " + wanted + ", not " + cut(String.valueOf(found)));
    }

    /** What a client wrote, short enough to be said back to it. */
    static String cut(String shown) {
        return shown.length() > 80 ? shown.substring(0, 80) + "..." : shown;
    }
}
