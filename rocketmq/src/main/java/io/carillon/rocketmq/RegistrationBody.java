package io.carillon.rocketmq;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONObject;
import io.carillon.message.Topic;
import io.carillon.message.Topic.Permission;
import io.carillon.nameserver.TableVersion;
import io.carillon.remoting.BadRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * What a broker sends with its registration: topics and the version of its topic table.
 *
 * @param removedTopics topics that it no longer has; a field of ours that Apache's name servers ignore
 */
record RegistrationBody(TableVersion version, Collection<Topic> topics, Set<String> removedTopics) {
    static final int NAME_CHARS_MAX = 1_024;
    private static final String REMOVED_TOPICS = "removedTopics";
    private static final int QUEUES_UNLESS_SAID = 16;

    /** A registration without a body: it says only that the broker lives. */
    static final RegistrationBody NONE = new RegistrationBody(new TableVersion(0, 0, 0), List.of(), Set.of());

    /** @throws BadRequest when it is not what a broker sends */
    static RegistrationBody read(byte[] body, boolean compressed) {
        if (body.length == 0) {
            return NONE;
        }
        return compressed ? CompressedRegistration.read(body) : read(RouteBodies.parse(body));
    }

    private static RegistrationBody read(JSONObject body) {
        Object wrapper = body.get("topicConfigSerializeWrapper");
        JSONObject tables =
                wrapper == null ? new JSONObject() : RouteBodies.object(wrapper, "topicConfigSerializeWrapper");
        Object version = tables.get("dataVersion");
        return new RegistrationBody(
                version == null ? NONE.version : RouteBodies.version(RouteBodies.object(version, "dataVersion")),
                topics(tables.get("topicConfigTable")),
                removed(body.get(REMOVED_TOPICS)));
    }

    private static List<Topic> topics(@Nullable Object table) {
        if (table == null) {
            return List.of();
        }
        List<Topic> topics = new ArrayList<>();
        RouteBodies.object(table, "topicConfigTable")
                .forEach((name, config) -> topics.add(topic(name, RouteBodies.object(config, "a topic"))));
        return topics;
    }

    private static Topic topic(String key, JSONObject config) {
        return new Topic(
                checkedName(config.get("topicName") instanceof String name ? name : key),
                RouteBodies.small(config, "readQueueNums", QUEUES_UNLESS_SAID),
                RouteBodies.small(config, "writeQueueNums", QUEUES_UNLESS_SAID),
                RouteBodies.small(config, "perm", Permission.READ | Permission.WRITE),
                filterType(config.get("topicFilterType")),
                RouteBodies.small(config, "topicSysFlag", 0),
                Boolean.TRUE.equals(config.get("order")),
                attributes(config.get("attributes")));
    }

    static String checkedName(String topic) {
        if (topic.isBlank() || topic.length() > NAME_CHARS_MAX) {
            throw new BadRequest("the name of a topic is blank or has more than " + NAME_CHARS_MAX + " characters");
        }
        return topic;
    }

    /** One of the two constants, so that thousands of rows share it. */
    static String filterType(@Nullable Object text) {
        return "MULTI_TAG".equals(text) ? "MULTI_TAG" : "SINGLE_TAG";
    }

    static Map<String, String> attributes(@Nullable Object tree) {
        if (!(tree instanceof JSONObject attributes) || attributes.isEmpty()) {
            return Map.of();
        }
        Map<String, String> texts = new HashMap<>();
        attributes.forEach((name, value) -> {
            if (value != null) {
                texts.put(name, value.toString());
            }
        });
        return texts;
    }

    /** Attributes as text; those that cannot be read are left out, for they do not matter to routes. */
    static Map<String, String> attributes(String json) {
        try {
            return attributes(PlainJson.parse(json));
        } catch (RuntimeException e) { // the library fails in many ways on damaged text
            return Map.of();
        }
    }

    private static Set<String> removed(@Nullable Object names) {
        Set<String> topics = new HashSet<>();
        if (names instanceof JSONArray array) {
            array.forEach(name -> topics.add(String.valueOf(name)));
        }
        return topics;
    }

    /** As plain JSON, which all name servers since 3.0.11 take. */
    byte[] write() {
        JSONObject table = new JSONObject(topics.size());
        topics.forEach(topic -> table.put(topic.name(), tree(topic)));
        JSONObject tables = JSONObject.of("dataVersion", RouteBodies.versionTree(version), "topicConfigTable", table)
                .fluentPut("topicQueueMappingInfoMap", new JSONObject());
        JSONObject body = JSONObject.of("filterServerList", new JSONArray(), "topicConfigSerializeWrapper", tables);
        if (!removedTopics.isEmpty()) {
            body.put(REMOVED_TOPICS, new JSONArray(removedTopics));
        }
        return JSON.toJSONBytes(body);
    }

    private static JSONObject tree(Topic topic) {
        return JSONObject.of("attributes", topic.attributes(), "order", topic.ordered())
                .fluentPut("perm", topic.permissions())
                .fluentPut("readQueueNums", topic.readQueues())
                .fluentPut("topicFilterType", topic.filterType())
                .fluentPut("topicName", topic.name())
                .fluentPut("topicSysFlag", topic.systemFlag())
                .fluentPut("writeQueueNums", topic.writeQueues());
    }

    /** The checksum that goes with a body: 31 bits, and 0 tells the name server to check nothing. */
    static int checksum(byte[] body) {
        CRC32 crc = new CRC32();
        crc.update(body);
        return (int) (crc.getValue() & 0x7FFF_FFFF);
    }
}
