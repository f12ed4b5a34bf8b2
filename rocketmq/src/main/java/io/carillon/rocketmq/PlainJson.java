package io.carillon.rocketmq;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONException;
import com.alibaba.fastjson2.JSONReader;
import com.alibaba.fastjson2.JSONReader.Feature;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON that somebody else wrote, as the tree that stands there. The library would otherwise take {@code {"$ref":
 * "$.a"}} for what stands at another place: then a few lines that refer to each other stand for more text than any memory
 * holds, or for a tree that contains itself. Nor is a tree taken that is deeper than {@link #DEPTH_MAX}.
 *
 * <p>The one place where this front parses JSON, headers apart.
 */
final class PlainJson {
    /** Official bodies are nested 8 deep at most. */
    static final int DEPTH_MAX = 32;

    /** What the library says of a tree that is too deep, and nothing else tells. */
    private static final String TOO_DEEP = "level too large";

    private PlainJson() {}

    private static JSONReader.Context plainly() {
        JSONReader.Context context = new JSONReader.Context(Feature.DisableReferenceDetect);
        context.setMaxLevel(DEPTH_MAX);
        return context;
    }

    /** @throws com.alibaba.fastjson2.JSONException when the bytes are no JSON, or nested too deep */
    static @Nullable Object parse(byte[] json) {
        try {
            return JSON.parse(json, plainly());
        } catch (RuntimeException e) {
            throw noJson(e);
        }
    }

    /** @throws com.alibaba.fastjson2.JSONException when the text is no JSON, or nested too deep */
    static @Nullable Object parse(String json) {
        try {
            return JSON.parse(json, plainly());
        } catch (RuntimeException e) {
            throw noJson(e);
        }
    }

    /** The library reads behind the end of what breaks off, and more: whatever it throws, what was sent is at fault. */
    private static JSONException noJson(RuntimeException fault) {
        if (String.valueOf(fault.getMessage()).startsWith(TOO_DEEP)) {
            return new JSONException("it is nested more than " + DEPTH_MAX + " deep", fault);
        }
        return fault instanceof JSONException known ? known : new JSONException("it breaks off or is malformed", fault);
    }
}
