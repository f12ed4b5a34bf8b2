package io.carillon.rocketmq;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONException;
import com.alibaba.fastjson2.JSONObject;
import io.carillon.message.QueueId;
import io.carillon.remoting.BadRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The JSON bodies of heartbeats, member lists and queue locks: read leniently, whatever is not asked for is ignored. */
final class ClientBodies {
    private ClientBodies() {}

    /** @throws BadRequest when the bytes are no JSON object */
    static JSONObject parse(byte[] json) {
        try {
            if (json.length > 0 && PlainJson.parse(json) instanceof JSONObject object) {
                return object;
            }
        } catch (JSONException e) {
            throw new BadRequest("the body is no JSON object: " + JsonFields.firstLine(e));
        }
        throw new BadRequest("the body is no JSON object, one is needed");
    }

    /** @throws BadRequest when the field is absent or no text */
    static String text(JSONObject object, String name) {
        String value = optionalText(object, name);
        if (value == null) {
            throw new BadRequest("the body lacks the field " + name);
        }
        return value;
    }

    /**
     * Null when the field is absent.
     *
     * @throws BadRequest when it is there and no text
     */
    static @Nullable String optionalText(JSONObject object, String name) {
        return switch (object.get(name)) {
            case null -> null;
            case JSONObject other -> throw wrong(name, "a text", other);
            case JSONArray other -> throw wrong(name, "a text", other);
            case Object value -> value.toString();
        };
    }

    /**
     * Null when the field is absent.
     *
     * @throws BadRequest when it is there and no object
     */
    static @Nullable JSONObject object(JSONObject object, String name) {
        return switch (object.get(name)) {
            case null -> null;
            case JSONObject value -> value;
            case Object other -> throw wrong(name, "an object", other);
        };
    }

    /** @throws BadRequest when the field is there and no whole number */
    static long number(JSONObject object, String name) {
        return converted(object, name, "a whole number", () -> object.getLongValue(name));
    }

    /** @throws BadRequest when the field is there and neither true nor false */
    static boolean flag(JSONObject object, String name) {
        return converted(object, name, "true or false", () -> object.getBooleanValue(name));
    }

    private static <V> V converted(JSONObject object, String name, String wanted, Supplier<V> conversion) {
        try {
            return conversion.get();
        } catch (JSONException | ArithmeticException | NumberFormatException e) {
            throw wrong(name, wanted, object.get(name));
        }
    }

    private static BadRequest wrong(String name, String wanted, @Nullable Object found) {
        return new BadRequest(
                "the body's field " + name + " must be " + wanted + ", not " + JsonFields.cut(String.valueOf(found)));
    }

    /** The objects in a field that holds an array; none when the field is absent. */
    static List<JSONObject> objects(JSONObject object, String name) {
        if (!(object.get(name) instanceof JSONArray array)) {
            return List.of();
        }
        List<JSONObject> objects = new ArrayList<>(array.size());
        for (Object one : array) {
            if (!(one instanceof JSONObject element)) {
                throw new BadRequest("the body's field " + name + " holds something that is no object");
            }
            objects.add(element);
        }
        return objects;
    }

    /** The constant that a field names, or another when it is absent or unknown. */
    static <E extends Enum<E>> E oneOf(Class<E> type, JSONObject object, String name, E otherwise) {
        String value = optionalText(object, name);
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> constant.name().equals(value))
                .findFirst()
                .orElse(otherwise);
    }

    static byte[] consumerIds(List<String> ids) {
        return JSON.toJSONBytes(Map.of("consumerIdList", ids));
    }

    /** A request to lock or unlock queues; the broker's name is kept because the answer repeats it. */
    record Locks(String group, String clientId, Map<QueueId, String> brokerNames) {
        static Locks of(byte[] json) {
            JSONObject body = parse(json);
            Map<QueueId, String> queues = new HashMap<>();
            for (JSONObject queue : objects(body, "mqSet")) {
                String broker = optionalText(queue, "brokerName");
                queues.put(
                        new QueueId(text(queue, "topic"), (int) number(queue, "queueId")),
                        broker == null ? "" : broker);
            }
            return new Locks(text(body, "consumerGroup"), text(body, "clientId"), queues);
        }

        Set<QueueId> queues() {
            return brokerNames.keySet();
        }

        byte[] answer(List<QueueId> locked) {
            JSONArray queues = new JSONArray();
            for (QueueId queue : locked) {
                queues.add(JSONObject.of(
                        "brokerName", brokerNames.get(queue), "queueId", queue.number(), "topic", queue.topic()));
            }
            return JSON.toJSONBytes(JSONObject.of("lockOKMQSet", queues));
        }
    }
}
