package io.carillon.rocketmq;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONException;
import com.alibaba.fastjson2.JSONReader.Feature;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON that somebody else wrote, as the tree that stands there. The library would otherwise take {@code {"$ref":
 * "$.a"}} for what stands at another place: then a few lines that refer to each other stand for more text than any memory
 * holds, or for a tree that contains itself.
 */
final class PlainJson {
    private PlainJson() {}

    /** @throws com.alibaba.fastjson2.JSONException when the bytes are no JSON */
    static @Nullable Object parse(byte[] json) {
        try {
            return JSON.parse(json, Feature.DisableReferenceDetect);
        } catch (RuntimeException e) {
            throw noJson(e);
        }
    }

    /** @throws com.alibaba.fastjson2.JSONException when the text is no JSON */
    static @Nullable Object parse(String json) {
        try {
            return JSON.parse(json, Feature.DisableReferenceDetect);
        } catch (RuntimeException e) {
            throw noJson(e);
        }
    }

    /** The library reads behind the end of what breaks off, and more: whatever it throws, what was sent is at fault. */
    private static JSONException noJson(RuntimeException fault) {
        return fault instanceof JSONException known ? known : new JSONException("it breaks off or is malformed", fault);
    }
}
