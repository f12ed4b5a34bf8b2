package io.carillon.rocketmq;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONException;
import com.alibaba.fastjson2.JSONObject;
import io.carillon.message.Topic;
import io.carillon.nameserver.BrokerGroup;
import io.carillon.nameserver.TableVersion;
import io.carillon.nameserver.TopicRoute;
import io.carillon.nameserver.TopicRoute.QueueRow;
import io.carillon.remoting.BadRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The JSON bodies of routes, cluster and lists. Maps with numeric keys are written with quoted keys, which every client
 * reads; unknown keys are ignored on reading.
 */
final class RouteBodies {
    private RouteBodies() {}

    static byte[] route(TopicRoute route) {
        JSONArray queues = new JSONArray();
        route.queues().forEach(row -> queues.add(queueData(row)));
        JSONArray brokers = new JSONArray();
        route.brokers().forEach(group -> brokers.add(brokerData(group)));
        JSONObject body = JSONObject.of("brokerDatas", brokers, "filterServerTable", new JSONObject())
                .fluentPut("queueDatas", queues);
        if (route.order() != null) {
            body.put("orderTopicConf", route.order());
        }
        return JSON.toJSONBytes(body);
    }

    private static JSONObject queueData(QueueRow row) {
        return JSONObject.of("brokerName", row.brokerName(), "perm", row.permissions())
                .fluentPut("readQueueNums", row.readQueues())
                .fluentPut("topicSysFlag", row.systemFlag())
                .fluentPut("writeQueueNums", row.writeQueues());
    }

    private static JSONObject brokerData(BrokerGroup group) {
        JSONObject data = JSONObject.of("brokerAddrs", addresses(group.addresses()), "brokerName", group.name())
                .fluentPut("cluster", group.cluster())
                .fluentPut("enableActingMaster", group.actingMaster());
        if (group.zone() != null) {
            data.put("zoneName", group.zone());
        }
        return data;
    }

    private static JSONObject addresses(SortedMap<Long, String> addresses) {
        JSONObject byId = new JSONObject();
        addresses.forEach((id, address) -> byId.put(Long.toString(id), address));
        return byId;
    }

    static byte[] clusterInfo(List<BrokerGroup> groups) {
        JSONObject brokers = new JSONObject();
        JSONObject clusters = new JSONObject();
        for (BrokerGroup group : groups) {
            brokers.put(group.name(), brokerData(group));
            ((JSONArray) clusters.computeIfAbsent(group.cluster(), _ -> new JSONArray())).add(group.name());
        }
        return JSON.toJSONBytes(JSONObject.of("brokerAddrTable", brokers, "clusterAddrTable", clusters));
    }

    static byte[] memberGroup(String cluster, String brokerName, SortedMap<Long, String> addresses) {
        JSONObject members = JSONObject.of("brokerAddrs", addresses(addresses), "brokerName", brokerName)
                .fluentPut("cluster", cluster);
        return JSON.toJSONBytes(JSONObject.of("brokerMemberGroup", members));
    }

    static byte[] topicList(Collection<String> topics) {
        return JSON.toJSONBytes(JSONObject.of("topicList", new JSONArray(topics)));
    }

    /** The names of clusters and brokers, which are topics too, and the address of some broker. */
    static byte[] systemTopicList(List<BrokerGroup> groups) {
        List<String> names = new ArrayList<>();
        groups.stream().map(BrokerGroup::cluster).distinct().forEach(names::add);
        groups.stream().map(BrokerGroup::name).forEach(names::add);
        JSONObject body = JSONObject.of("topicList", new JSONArray(names));
        if (!groups.isEmpty()) {
            BrokerGroup first = groups.getFirst();
            body.put("brokerAddr", first.addresses().firstEntry().getValue());
        }
        return JSON.toJSONBytes(body);
    }

    static byte[] kvTable(Map<String, String> table) {
        return JSON.toJSONBytes(JSONObject.of("table", new JSONObject(table)));
    }

    static JSONObject versionTree(TableVersion version) {
        return JSONObject.of("counter", version.counter(), "stateVersion", version.stateVersion())
                .fluentPut("timestamp", version.timestampMs());
    }

    static byte[] version(TableVersion version) {
        return JSON.toJSONBytes(versionTree(version));
    }

    static TableVersion readVersion(byte[] body) {
        return version(parse(body));
    }

    static TableVersion version(JSONObject tree) {
        return new TableVersion(whole(tree, "stateVersion", 0), whole(tree, "timestamp", 0), whole(tree, "counter", 0));
    }

    /** The queues of one topic by broker name, out of the body of a topic's route. */
    static List<QueueRow> readQueues(byte[] body) {
        List<QueueRow> rows = new ArrayList<>();
        if (parse(body).get("queueDatas") instanceof JSONArray queues) {
            for (Object queue : queues) {
                rows.add(queueRow(object(queue, "queueDatas")));
            }
        }
        return rows;
    }

    private static QueueRow queueRow(JSONObject queue) {
        if (!(queue.get("brokerName") instanceof String brokerName)) {
            throw new BadRequest("a queue of the route has no brokerName");
        }
        return new QueueRow(
                brokerName,
                small(queue, "readQueueNums", 0),
                small(queue, "writeQueueNums", 0),
                small(queue, "perm", 0),
                small(queue, "topicSysFlag", 0));
    }

    static Topic topicOf(String name, QueueRow row) {
        return new Topic(
                name,
                row.readQueues(),
                row.writeQueues(),
                row.permissions(),
                "SINGLE_TAG",
                row.systemFlag(),
                false,
                Map.of());
    }

    /** A JSON object, without types that the sender may choose. */
    static JSONObject parse(byte[] body) {
        if (read(body) instanceof JSONObject tree) {
            return tree;
        }
        throw new BadRequest("the body is not a JSON object");
    }

    private static @Nullable Object read(byte[] body) {
        try {
            return PlainJson.parse(body);
        } catch (JSONException e) {
            throw new BadRequest("the body is not JSON: " + JsonFields.firstLine(e));
        }
    }

    static JSONObject object(@Nullable Object value, String name) {
        if (value instanceof JSONObject object) {
            return object;
        }
        throw new BadRequest(name + " in the body is not what it should be");
    }

    static int small(JSONObject tree, String name, int otherwise) {
        long value = whole(tree, name, otherwise);
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw new BadRequest(name + " in the body is out of range: " + value);
        }
        return (int) value;
    }

    static long whole(JSONObject tree, String name, long otherwise) {
        Object value = tree.get(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Integer || value instanceof Long) {
            return ((Number) value).longValue();
        }
        try {
            return Long.parseLong(value.toString());
        } catch (NumberFormatException e) {
            throw new BadRequest(name + " in the body is not a whole number");
        }
    }
}
