package io.carillon.broker.produce;

import io.carillon.broker.metadata.Change;
import io.carillon.broker.metadata.LightTopics;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.message.LightDispatch;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Marks a message that names light queues as one that goes to them: what the log then goes by. Whoever sends it must be
 * allowed to send to each of them. Only for messages that name some.
 */
final class LightMarks {
    private final LightTopics lightTopics;
    private final Topics topics;

    LightMarks(LightTopics lightTopics, Topics topics) {
        this.lightTopics = lightTopics;
        this.topics = topics;
    }

    /** Whether messages of this topic are dispatched. Those of one group's topics, whose names begin so, never are. */
    boolean areFor(TopicState topic) {
        return lightTopics.isOn() && !topic.config().name().startsWith("%");
    }

    /**
     * Looks whether the message may go where it says, and whether all of that exists.
     *
     * @return null when it may, and {@link #put} is next
     */
    @Nullable
    Refused check(Send send, Intake into) {
        List<String> names = names(into);
        String fault = LightTopics.faultOf(names);
        if (fault != null) {
            return new Refused(Refused.Reason.ILLEGAL_MESSAGE, fault);
        }
        for (String name : names) {
            TopicState topic = topics.find(name);
            if (!send.mayPublish.test(name) || (topic != null && !topic.config().isWritable())) {
                return new Refused(
                        Refused.Reason.FORBIDDEN,
                        "the topic[" + name + "] of a light queue sending message is forbidden");
            }
        }
        List<String> missing = lightTopics.missing(names);
        if (missing.isEmpty()) {
            return null;
        }
        send.missingLight = missing;
        return new Refused(Refused.Reason.TO_MAKE, missing.getFirst());
    }

    private static List<String> names(Intake into) {
        String names = MessageProperties.decode(into.scan.bytes, into.scan.start, into.scan.length)
                .get(LightDispatch.NAMES);
        return LightDispatch.split(Objects.requireNonNullElse(names, ""));
    }

    /** Adds the mark to the message's properties, and returns how many bytes they have then: maybe too many. */
    int put(Intake into, int propertiesBytes) {
        byte[] places = LightDispatch.places(names(into).size());
        if (propertiesBytes + places.length <= MessageRecord.PROPERTIES_BYTES_MAX) {
            System.arraycopy(places, 0, into.properties, propertiesBytes, places.length);
            into.scan.hasLightPlaces = true;
        }
        return propertiesBytes + places.length;
    }

    /** As {@link ProduceService#createFor}, for a send that {@link #check} found lacking. */
    @Nullable
    Refused make(Send send, Change change) {
        List<String> missing = lightTopics.missing(send.missingLight);
        send.missingLight = List.of();
        if (missing.isEmpty()) {
            change.done(null);
            return null;
        }
        return lightTopics.make(missing, change) ? null : new Refused(Refused.Reason.NO_ROOM, lightTopics.fullText());
    }
}
